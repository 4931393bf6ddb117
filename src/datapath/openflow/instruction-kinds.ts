import {decodeActions, encodeActions} from './actions.ts'
import {pad, struct, u16, u64, u8} from './codec.ts'
import {remembered} from './remembered.ts'
import {hex, readNumber, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'

/** OpenFlow 1.5.1 §7.2.5, all that Open vSwitch has beside "apply actions": each is one word of a flow's actions. */
interface InstructionKind {
  readonly type: number
  /** What its word starts with. */
  readonly start: string
  /** Text → what follows type and length. */
  parse(text: string): Buffer
  print(body: Buffer): string
}

const header = struct('instruction', {type: u16, length: u16})
const gotoTable = struct('goto_table', {table: u8, pad: pad(3)})
const writeMetadata = struct('write_metadata', {pad: pad(4), value: u64, mask: u64})
const allBits = 0xffff_ffff_ffff_ffffn

const kinds: readonly InstructionKind[] = [
  {
    type: 1,
    start: 'goto_table:',
    parse: (text) => gotoTable.encode({table: readNumber(text.slice('goto_table:'.length), 1)}),
    print: (body) => `goto_table:${gotoTable.decode(body).table}`,
  },
  {
    type: 2,
    start: 'write_metadata:',
    parse(text) {
      const parts = text.slice('write_metadata:'.length).split('/')
      const [value = 0n, mask = allBits] = parts.map((part) => hex.parse(part, 8).readBigUInt64BE(0))
      return writeMetadata.encode({value, mask})
    },
    print(body) {
      const {value, mask} = writeMetadata.decode(body)
      return `write_metadata:${number(value)}${mask === allBits ? '' : `/${number(mask)}`}`
    },
  },
  {
    type: 3,
    start: 'write_actions(',
    parse(text) {
      const inside = insideOf(text, 'write_actions')
      if (inside === undefined) throw unreadable(text, 'write_actions(ACTION,…)')
      const actions = splitWords(inside).filter((action) => action !== 'drop')
      return Buffer.concat([Buffer.alloc(4), encodeActions(actions)])
    },
    print: (body) => `write_actions(${decodeActions(body.subarray(4)).join(',')})`,
  },
  {
    type: 5,
    start: 'clear_actions',
    parse(text) {
      if (text !== 'clear_actions') throw unreadable(text, 'clear_actions')
      return Buffer.alloc(4)
    },
    print: () => 'clear_actions',
  },
]

const raw = 'instruction('

export function isInstruction(text: string): boolean {
  return text.startsWith(raw) || kinds.some(({start}) => text.startsWith(start))
}

/** What isInstruction said is one → bytes. They are shared: not to be written to. Throws FLOW_INVALID. */
export const encodeInstruction = remembered(1000, (text: string): Buffer => {
  const kind = kinds.find(({start}) => text.startsWith(start))
  if (kind === undefined) return parseRaw(text.slice(raw.length, -1))
  const body = kind.parse(text)
  return Buffer.concat([header.encode({type: kind.type, length: header.size + body.length}), body])
})

/** A whole instruction → its word; one that we do not know is instruction(HEX). */
export function printInstruction(type: number, whole: Buffer): string {
  const kind = kinds.find((known) => known.type === type)
  return kind?.print(whole.subarray(header.size)) ?? `instruction(${whole.toString('hex')})`
}

function number(value: bigint): string {
  return value === 0n ? '0' : `0x${value.toString(16)}`
}

function parseRaw(text: string): Buffer {
  if (!/^(?:[0-9a-f]{16})+$/iu.test(text)) throw unreadable(text, 'an instruction in hexadecimal')
  return Buffer.from(text, 'hex')
}
