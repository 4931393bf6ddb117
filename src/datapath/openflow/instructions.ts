import {decodeActions, encodeAction} from './actions.ts'
import {malformed, mustHold, pad, struct, u16} from './codec.ts'
import {writeTranslation} from './ct-nat.ts'
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
  let later = 0
  for (const action of actions) {
    const next = writeVaried(out, end, action)
    if (next !== end) {
      end = next
      continue
    }
    const {isLater, bytes} = pieceOf(action)
    if (isLater) later += 1
    else end = put(out, end, bytes)
  }
  if (end === start) end = at
  else {
    out.view.setUint32(at, (typeOfApply << 16) | (end - at))
    out.view.setUint32(at + 4, 0)
  }
  return later === 0 ? end : writeLater(out, end, actions)
}

/** Actions that are hardly ever the same twice go straight from text to bytes; `at` itself for all others. */
function writeVaried(out: Outgoing, at: number, action: string): number {
  if (action.startsWith('set_field:')) return writeSetField(out, at, action)
  return action.startsWith('ct(') ? writeTranslation(out, at, action) : at
}

interface Piece {
  /** Whatever the order of the words: what is applied at once stands before what is done after. */
  readonly isLater: boolean
  readonly bytes: Buffer
}
const nothing = Buffer.alloc(0)
const pieceOf = remembered(2000, (action: string): Piece => {
  if (isInstruction(action)) return {isLater: true, bytes: encodeInstruction(action)}
  return {isLater: false, bytes: action === 'drop' ? nothing : encodeAction(action)}
})

function writeLater(out: Outgoing, at: number, actions: readonly string[]): number {
  let end = at
  for (const action of actions) {
    if (action.startsWith('set_field:')) continue
    const {isLater, bytes} = pieceOf(action)
    if (isLater) end = put(out, end, bytes)
  }
  return end
}

/** All of `bytes` are instructions. One that we do not know comes back as instruction(HEX). */
export function decodeInstructions(bytes: Buffer): readonly string[] {
  return decodeBytes(bytes.toString('latin1'))
}

const decodeBytes = remembered(2000, (key: string): readonly string[] => {
  const bytes = Buffer.from(key, 'latin1')
  const actions: string[] = []
  for (let at = 0; at < bytes.length;) {
    mustHold('instruction', bytes, at, instruction.size)
    const type = bytes.readUInt16BE(at)
    const length = bytes.readUInt16BE(at + instruction.offsets.length)
    if (length < 8) throw malformed(`an instruction of ${length} bytes`)
    mustHold('instruction', bytes, at, length)
    if (type === typeOfApply) readActions(key.slice(at + applyActions.size, at + length), actions)
    else actions.push(otherOf(key.slice(at, at + length)))
    at += length
  }
  return actions
})

/** Of many lists most hold the same actions, so that each action is remembered by its own bytes. */
function readActions(bytes: string, actions: string[]): void {
  for (let at = 0; at < bytes.length;) {
    // The length that each action says; the decoder refuses what is wrong with it.
    const length = bytes.length - at < 8 ? 0 : (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)
    const end = length < 8 ? bytes.length : at + length
    actions.push(...actionsOf(bytes.slice(at, end)))
    at = end
  }
}

const actionsOf = remembered(2000, (key: string) => decodeActions(Buffer.from(key, 'latin1')))
const otherOf = remembered(500, (key: string): string => {
  const whole = Buffer.from(key, 'latin1')
  return printInstruction(whole.readUInt16BE(0), whole)
})
