import {body, list} from './codec.ts'
import {be16, be32, bei32, type Kind, octets, text, u8} from './kinds.ts'

/** linux/netfilter/nfnetlink.h: messages of nf_tables carry its number in the upper byte. */
const subsystem = 10 << 8
/** linux/netfilter/nf_tables.h, NFT_MSG_… */
export const types = {
  newTable: subsystem,
  getTable: subsystem | 1,
  delTable: subsystem | 2,
  newChain: subsystem | 3,
  getChain: subsystem | 4,
  delChain: subsystem | 5,
  newRule: subsystem | 6,
  getRule: subsystem | 7,
  delRule: subsystem | 8,
  newSet: subsystem | 9,
  getSet: subsystem | 10,
  newElement: subsystem | 12,
  getElement: subsystem | 13,
  delElement: subsystem | 14,
  newGeneration: subsystem | 15,
} as const

/** linux/netfilter/nfnetlink.h, NFNLGRP_NFTABLES. */
export const changesGroup = 7

/** linux/netfilter.h, NFPROTO_… */
export const families = {inet: 1, ip: 2, netdev: 5, ip6: 10} as const
export type Family = keyof typeof families

/** struct nfgenmsg. */
const header = {family: u8, version: u8, resource: be16}

/** NFTA_TABLE_…, NFTA_CHAIN_…, NFTA_HOOK_…, NFTA_RULE_…, NFTA_SET_…, NFTA_SET_ELEM_…, in this order. */
export const table = body('nft table', header, {name: [1, text]})

const hook = body(
  'nft hook',
  {},
  {number: [1, be32], priority: [2, bei32], device: [3, text], devices: [4, list(text)]},
)
export const chain = body('nft chain', header, {
  table: [1, text],
  name: [3, text],
  hook: [4, hook],
  policy: [5, be32],
  type: [7, text],
})

/** One or more bytes as hexadecimal digits, inside NFTA_DATA_VALUE. */
const value = body('nft value', {}, {octets: [1, octets]})
const data: Kind<string> = {
  nested: true,
  read: (bytes, at, length) => value.read(bytes, at, length).octets?.toString('hex') ?? '',
  write: (bytes, at, hex) => value.write(bytes, at, {octets: Buffer.from(hex, 'hex')}),
}

/** One step of a rule: what it is called, and its attributes. One that we have no table for has its bytes as `unknown`. */
export interface Expression {
  readonly name: string
  readonly values: Readonly<Record<string, number | string | undefined>>
}
type ValuesKind = Kind<Expression['values']>

/** NFTA_META_…, NFTA_CMP_…, NFTA_PAYLOAD_…, NFTA_LOOKUP_…, NFTA_BITWISE_…, NFTA_CT_… */
const expressionTables: Readonly<Record<string, ValuesKind>> = {
  meta: body('meta', {}, {register: [1, be32], key: [2, be32], from: [3, be32]}),
  cmp: body('cmp', {}, {from: [1, be32], operator: [2, be32], data: [3, data]}),
  payload: body(
    'payload',
    {},
    {register: [1, be32], base: [2, be32], offset: [3, be32], length: [4, be32], from: [5, be32]},
  ),
  lookup: body('lookup', {}, {set: [1, text], from: [2, be32], register: [3, be32], flags: [5, be32]}),
  bitwise: body(
    'bitwise',
    {},
    {from: [1, be32], register: [2, be32], length: [3, be32], mask: [4, data], xor: [5, data], operator: [6, be32]},
  ),
  ct: body('ct', {}, {register: [1, be32], key: [2, be32], direction: [3, u8], from: [4, be32]}),
  notrack: body('notrack', {}, {}),
  masq: body('masq', {}, {flags: [1, be32], from: [2, be32], to: [3, be32]}),
}

/** Room for any of the tables above, names of sets included. */
const largestExpression = 1024

const rawExpression = body('nft expression', {}, {name: [1, text], data: [2, octets]})
const expression: Kind<Expression> = {
  nested: true,
  write: (bytes, at, given) => rawExpression.write(bytes, at, encoded(given)),
  read: (bytes, at, length) => {
    const {name = '', data: raw = Buffer.alloc(0)} = rawExpression.read(bytes, at, length)
    const values = expressionTables[name]?.read(raw, 0, raw.length)
    return {name, values: values ?? {unknown: raw.toString('hex')}}
  },
}

function encoded({name, values}: Expression): {readonly name: string; readonly data: Buffer} {
  const bytes = Buffer.alloc(largestExpression)
  return {name, data: bytes.subarray(0, expressionTables[name]?.write(bytes, 0, values) ?? 0)}
}

export const rule = body('nft rule', header, {
  table: [1, text],
  chain: [2, text],
  handle: [3, octets],
  expressions: [4, list(expression)],
})

export const set = body('nft set', header, {
  table: [1, text],
  name: [2, text],
  flags: [3, be32],
  keyType: [4, be32],
  keyLength: [5, be32],
  id: [10, be32],
})
const element = body('nft element', {}, {key: [1, data], flags: [3, be32]})
export const elements = body('nft elements', header, {table: [1, text], set: [2, text], elements: [3, list(element)]})

/** NFT_SET_INTERVAL, NFT_SET_ELEM_INTERVAL_END; ipv4_addr as nft(8) numbers its types. */
export const intervalSet = 4
export const intervalEnd = 1
export const ipv4Type = 7
