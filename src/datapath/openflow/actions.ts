import {AntctlError} from '../../model/errors.ts'
import type {ActionKind} from './action-kind.ts'
import {actionKinds} from './action-kinds.ts'
import {malformed, padded, slice, struct, u16, u32} from './codec.ts'
import {remembered} from './remembered.ts'

const nicira = 0x0000_2320
const experimenter = 0xffff
/** OpenFlow 1.5.1 §7.2.6: length counts these four bytes and the padding. */
const actionHeader = struct('action', {type: u16, length: u16})
const niciraHeader = struct('Nicira action', {type: u16, length: u16, vendor: u32, subtype: u16})

const byWord = Map.groupBy(
  actionKinds.flatMap((kind) => kind.words.map((word) => ({word, kind}))),
  ({word}) => word,
)
const byType = new Map(actionKinds.map((kind) => [keyOf(kind), kind]))

const nested = {encode: encodeActions, decode: decodeActions}

/** One action in ovs-ofctl's words → bytes, padding included. The bytes are shared: not to be written to. */
export const encodeAction = remembered(10_000, (action: string): Buffer => {
  if (action.startsWith('raw(')) return Buffer.from(action.slice(4, -1), 'hex')
  const word = /^[A-Za-z_]+/u.exec(action)?.[0].toLowerCase() ?? ''
  for (const {kind} of byWord.get(word) ?? []) {
    const body = kind.parse(action, nested)
    if (body !== undefined) return withHeader(kind, body)
  }
  throw unknownAction(action)
})

export function encodeActions(actions: readonly string[]): Buffer {
  return Buffer.concat(actions.map(encodeAction))
}

/** All of `bytes` are actions. One that we do not know comes back as raw(HEX). */
export function decodeActions(bytes: Buffer): string[] {
  const actions: string[] = []
  for (let at = 0; at < bytes.length;) {
    const {type, length} = actionHeader.decode(bytes, at)
    if (length < 8 || length % 8 !== 0) throw malformed(`an action of ${length} bytes`)
    actions.push(decodeAction(type, slice('action', bytes, at, length)))
    at += length
  }
  return actions
}

function decodeAction(type: number, action: Buffer): string {
  if (type !== experimenter) {
    return byType.get(`openflow ${type}`)?.print(action.subarray(actionHeader.size), nested) ?? raw(action)
  }
  const {vendor, subtype} = niciraHeader.decode(action)
  const kind = vendor === nicira ? byType.get(`nicira ${subtype}`) : undefined
  return kind?.print(action.subarray(niciraHeader.size), nested) ?? raw(action)
}

function withHeader(kind: ActionKind, body: Buffer): Buffer {
  const size = kind.openflow === undefined ? niciraHeader.size : actionHeader.size
  const action = Buffer.alloc(padded(size + body.length))
  if (kind.openflow === undefined) {
    niciraHeader.write(action, 0, {type: experimenter, length: action.length, vendor: nicira, subtype: kind.nicira})
  } else {
    actionHeader.write(action, 0, {type: kind.openflow, length: action.length})
  }
  action.set(body, size)
  return action
}

function keyOf(kind: ActionKind): string {
  return kind.openflow === undefined ? `nicira ${kind.nicira}` : `openflow ${kind.openflow}`
}

function raw(action: Buffer): string {
  return `raw(${action.toString('hex')})`
}

function unknownAction(action: string): AntctlError {
  return new AntctlError('FLOW_INVALID', `${JSON.stringify(action)} is not an action that we know`, {
    remedy: [`known are ${[...byWord.keys()].join(', ')}`],
  })
}
