import {decodeActions, encodeAction} from './actions.ts'
import {malformed, pad, slice, struct, u16} from './codec.ts'
import {encodeInstruction, isInstruction, printInstruction} from './instruction-kinds.ts'
import {bytesOf, type Outgoing, put} from './outgoing.ts'
import {remembered} from './remembered.ts'
import {writeSetField} from './set-field.ts'

/** OpenFlow 1.5.1 §7.2.5: what a flow does is a list of instructions; the actions are inside one of them. */
const instruction = struct('instruction', {type: u16, length: u16})
const applyActions = struct('apply actions', {type: u16, length: u16, pad: pad(4)})
const typeOfApply = 4

/** Actions in ovs-ofctl's words → instructions, in bytes of their own. */
export function encodeInstructions(actions: readonly string[]): Buffer {
  return bytesOf((out) => writeInstructions(out, 0, actions))
}

/** Puts the instructions at `at`, and answers where they end; no actions, or "drop" alone, are none. Throws FLOW_INVALID. */
export function writeInstructions(out: Outgoing, at: number, actions: readonly string[]): number {
  const start = at + applyActions.size
  let end = start
  let others = false
  for (const action of actions) {
    // The most frequent kind goes out directly; the others are few texts, or cost more than finding them again.
    if (action.startsWith('set_field:')) end = writeSetField(out, end, action)
    else if (isInstruction(action)) others = true
    else if (action !== 'drop') end = put(out, end, encodeAction(action))
  }
  if (end === start) end = at
  else {
    out.view.setUint32(at, (typeOfApply << 16) | (end - at))
    out.view.setUint32(at + 4, 0)
  }
  // Whatever the order of the words: what is applied at once stands before what is done after.
  if (others) for (const action of actions) if (isInstruction(action)) end = put(out, end, encodeInstruction(action))
  return end
}

/** All of `bytes` are instructions. One that we do not know comes back as instruction(HEX). */
export function decodeInstructions(bytes: Buffer): readonly string[] {
  return decodeBytes(bytes.toString('latin1'))
}

const decodeBytes = remembered(10_000, (key: string): readonly string[] => {
  const bytes = Buffer.from(key, 'latin1')
  const actions: string[] = []
  for (let at = 0; at < bytes.length;) {
    const {type, length} = instruction.decode(bytes, at)
    if (length < 8) throw malformed(`an instruction of ${length} bytes`)
    const whole = slice('instruction', bytes, at, length)
    if (type === typeOfApply) actions.push(...decodeActions(whole.subarray(applyActions.size)))
    else actions.push(printInstruction(type, whole))
    at += length
  }
  return actions
})
