import {AntctlError} from '../../model/errors.ts'
import type {ActionKind, Nested} from './action-kind.ts'
import {actionKinds} from './action-kinds.ts'
import {malformed, padded, slice, struct, u16, u32} from './codec.ts'
import {unreadable} from './values.ts'
import {insideOf} from './words.ts'

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

/** Actions in actions: deeper than this nobody writes, and a hostile message must not exhaust the stack. */
const deepest = 16

/** One action in ovs-ofctl's words → bytes, padding included. */
export function encodeAction(action: string): Buffer {
  return encodeAt(action, 0)
}

export function encodeActions(actions: readonly string[]): Buffer {
  return Buffer.concat(actions.map(encodeAction))
}

function encodeAt(action: string, depth: number): Buffer {
  const inside = insideOf(action, 'raw')
  if (inside !== undefined) return parseRaw(inside)
  const word = /^[A-Za-z_]+/u.exec(action)?.[0].toLowerCase() ?? ''
  for (const {kind} of byWord.get(word) ?? []) {
    const body = kind.parse(action, nestedAt(depth + 1))
    if (body !== undefined) return withHeader(kind, body)
  }
  throw unknownAction(action)
}

function nestedAt(depth: number): Nested {
  if (depth > deepest) throw malformed(`actions nested deeper than ${deepest}`)
  return {
    encode: (actions) => Buffer.concat(actions.map((action) => encodeAt(action, depth))),
    decode: (bytes) => decodeAt(bytes, depth),
  }
}

/** All of `bytes` are actions. One that we do not know, or that says what we cannot read, comes back as raw(HEX). */
export function decodeActions(bytes: Buffer): string[] {
  return decodeAt(bytes, 0)
}

function decodeAt(bytes: Buffer, depth: number): string[] {
  const actions: string[] = []
  for (let at = 0; at < bytes.length;) {
    const {type, length} = actionHeader.decode(bytes, at)
    if (length < 8 || length % 8 !== 0) throw malformed(`an action of ${length} bytes`)
    actions.push(decodeAction(type, slice('action', bytes, at, length), depth))
    at += length
  }
  return actions
}

function decodeAction(type: number, action: Buffer, depth: number): string {
  const [kind, size] = type === experimenter ? niciraKind(action) : [byType.get(`openflow ${type}`), actionHeader.size]
  try {
    return kind?.print(action.subarray(size), nestedAt(depth + 1)) ?? raw(action)
  } catch (error) {
    if (error instanceof AntctlError) return raw(action)
    throw error
  }
}

function niciraKind(action: Buffer): readonly [ActionKind | undefined, number] {
  const {vendor, subtype} = niciraHeader.decode(action)
  return [vendor === nicira ? byType.get(`nicira ${subtype}`) : undefined, niciraHeader.size]
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

function parseRaw(text: string): Buffer {
  if (!/^(?:[0-9a-f]{16})+$/iu.test(text)) throw unreadable(text, 'an action in hexadecimal, a multiple of eight bytes')
  return Buffer.from(text, 'hex')
}

function unknownAction(action: string): AntctlError {
  return new AntctlError('FLOW_INVALID', `${JSON.stringify(action)} is not an action that we know`, {
    remedy: [`known are ${[...byWord.keys()].join(', ')}`],
  })
}
