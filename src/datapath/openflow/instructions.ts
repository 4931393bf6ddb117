import {decodeActions, encodeAction} from './actions.ts'
import {malformed, pad, slice, struct, u16, u8} from './codec.ts'
import {bytesOf, type Outgoing, put} from './outgoing.ts'
import {remembered} from './remembered.ts'
import {writeSetField} from './set-field.ts'
import {decimal} from './values.ts'
import {insideOf} from './words.ts'

/** OpenFlow 1.5.1 §7.2.5: what a flow does is a list of instructions; the actions are inside one of them. */
const instruction = struct('instruction', {type: u16, length: u16})
const gotoTable = struct('goto_table', {type: u16, length: u16, table: u8, pad: pad(3)})
const applyActions = struct('apply actions', {type: u16, length: u16, pad: pad(4)})
const types = {gotoTable: 1, applyActions: 4} as const

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
    if (isInstruction(action)) others = true
    else if (action !== 'drop') end = writeAction(out, end, action)
  }
  if (end === start) end = at
  else {
    out.view.setUint32(at, (types.applyActions << 16) | (end - at))
    out.view.setUint32(at + 4, 0)
  }
  // Whatever the order of the words: what is applied at once stands before what is done after.
  if (others) for (const action of actions) if (isInstruction(action)) end = writeOther(out, end, action)
  return end
}

function isInstruction(action: string): boolean {
  return action.startsWith('goto_table:') || action.startsWith('instruction(')
}

function writeOther(out: Outgoing, at: number, action: string): number {
  const raw = insideOf(action, 'instruction')
  if (raw !== undefined) return put(out, at, Buffer.from(raw, 'hex'))
  const table = decimal.parse(action.slice('goto_table:'.length), 1).readUInt8(0)
  out.view.setUint32(at, (types.gotoTable << 16) | gotoTable.size)
  out.view.setUint32(at + 4, table << 24)
  return at + gotoTable.size
}

/** The most frequent kind goes out directly; the others are few texts, or cost more than finding them again. */
function writeAction(out: Outgoing, at: number, action: string): number {
  return action.startsWith('set_field:') ? writeSetField(out, at, action) : put(out, at, encodeAction(action))
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
    if (type === types.gotoTable) actions.push(`goto_table:${gotoTable.decode(whole).table}`)
    else if (type === types.applyActions) actions.push(...decodeActions(whole.subarray(applyActions.size)))
    else actions.push(`instruction(${whole.toString('hex')})`)
    at += length
  }
  return actions
})
