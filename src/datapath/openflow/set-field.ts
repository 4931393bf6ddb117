import {encodeAction} from './actions.ts'
import {type FieldWriter, writerOf} from './field-writer.ts'
import {fieldInAction} from './oxm.ts'
import {type Outgoing, put, putPadding} from './outgoing.ts'
import {remembered} from './remembered.ts'

/** OpenFlow 1.5.1 §7.2.6.4, OFPAT_SET_FIELD; its length counts type, length and padding. */
const setField = 25
const valueStart = 'set_field:'.length

/** Puts set_field:VALUE[/MASK]->FIELD straight from its text at `at`, and answers where it ends. Throws FLOW_INVALID. */
export function writeSetField(out: Outgoing, at: number, action: string): number {
  const arrow = action.lastIndexOf('->')
  const write = writerByName(action.slice(arrow + 2))
  const field = at + 4
  const end = arrow > valueStart && write !== null ? write(out, field, action, valueStart, arrow) : field
  // Without a field or a value: the general way says what is wrong with it.
  if (end === field) return put(out, at, encodeAction(action))
  const next = putPadding(out, at, end)
  out.view.setUint32(at, (setField << 16) | (next - at))
  return next
}

const writerByName = remembered(200, (name: string): FieldWriter | null => {
  const field = fieldInAction(name)
  return field === undefined ? null : writerOf(field, 'action')
})
