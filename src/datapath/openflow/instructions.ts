import {decodeActions, encodeAction} from './actions.ts'
import {malformed, pad, slice, struct, u16, u8} from './codec.ts'
import {remembered} from './remembered.ts'
import {insideOf, splitWords} from './words.ts'
import {decimal} from './values.ts'

/** OpenFlow 1.5.1 §7.2.5: what a flow does is a list of instructions; the actions are inside one of them. */
const instruction = struct('instruction', {type: u16, length: u16})
const gotoTable = struct('goto_table', {type: u16, length: u16, table: u8, pad: pad(3)})
const applyActions = struct('apply actions', {type: u16, length: u16, pad: pad(4)})
const types = {gotoTable: 1, applyActions: 4} as const

/** Actions in ovs-ofctl's words → instructions; no words, or "drop" alone, give none. */
export function encodeInstructions(actions: readonly string[]): Buffer {
  return encodeWords(actions.join(','))
}

const encodeWords = remembered(10_000, (text: string): Buffer => {
  const actions = splitWords(text)
  const apply: Buffer[] = []
  const others: Buffer[] = []
  for (const action of actions) {
    const raw = insideOf(action, 'instruction')
    if (raw !== undefined) others.push(Buffer.from(raw, 'hex'))
    else if (action.startsWith('goto_table:')) others.push(encodeGoto(action))
    else if (action !== 'drop') apply.push(encodeAction(action))
  }
  if (apply.length === 0) return Buffer.concat(others)
  const length = apply.reduce((sum, {length}) => sum + length, applyActions.size)
  return Buffer.concat([applyActions.encode({type: types.applyActions, length}), ...apply, ...others])
})

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

function encodeGoto(action: string): Buffer {
  const table = decimal.parse(action.slice('goto_table:'.length), 1).readUInt8(0)
  return gotoTable.encode({type: types.gotoTable, length: gotoTable.size, table})
}
