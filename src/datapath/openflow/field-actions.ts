import {type ActionKind, bareAction} from './action-kind.ts'
import {pad, slice, struct, u16, u32} from './codec.ts'
import {fieldInAction, headerOf, niciraHeaderOf} from './oxm.ts'
import {knownField, parseSubfield, printSubfield, type Subfield} from './subfield.ts'
import {decodeFieldValue, encodeFieldValue, parseFieldValue, printFieldValue, reduce} from './tlv.ts'
import {etherType, readNumber, unreadable} from './values.ts'

const copyBody = struct('copy field', {bits: u16, from: u16, to: u16, pad: pad(2), source: u32, target: u32})
const stackBody = struct('stack', {offset: u16, field: u32, bits: u16, pad: pad(6)})
const lengthBody = struct('check_pkt_larger', {length: u16, offset: u16, field: u32, pad: pad(6)})

const setField: ActionKind = {
  openflow: 25,
  words: ['set_field', 'load'],
  parse(text) {
    const [, word, value = '', name = ''] = /^(set_field|load):(.+)->(.+)$/u.exec(text) ?? []
    if (word === 'load') return loadBits(value, name)
    const field = fieldInAction(name)
    if (word === undefined || field === undefined) throw unreadable(text, 'set_field:VALUE[/MASK]->FIELD')
    const entry = parseFieldValue(field, value, 'action')
    if (entry === undefined) throw unreadable(text, 'a change: its mask is zero')
    return encodeFieldValue(entry)
  },
  print(body) {
    const {entry} = decodeFieldValue(body, 0)
    return 'field' in entry ? `set_field:${printFieldValue(entry, 'action')}->${entry.field.name}` : undefined
  },
}

/** load:VALUE->FIELD[FIRST..LAST], which OpenFlow 1.5 says as set_field with a mask. */
function loadBits(value: string, target: string): Buffer {
  const {field, offset, bits} = parseSubfield(target)
  const ones = (1n << BigInt(bits)) - 1n
  if (!/^(?:0x[0-9a-f]+|\d+)$/iu.test(value) || BigInt(value) > ones)
    throw unreadable(value, `a number of ${bits} bits`)
  const place = (number: bigint): Buffer => {
    const digits = (number << BigInt(offset)).toString(16).padStart(field.bytes * 2, '0')
    return Buffer.from(digits, 'hex')
  }
  const whole = bits === field.bits
  const entry = whole ? {field, value: place(BigInt(value))} : reduce(field, place(BigInt(value)), place(ones))
  if (entry === undefined) throw unreadable(target, 'a part of a field')
  return encodeFieldValue(entry)
}

const move: ActionKind = {
  openflow: 28,
  words: ['move'],
  parse(text) {
    const [source, target] = text.slice('move:'.length).split('->').map(parseSubfield)
    if (source === undefined || target === undefined || source.bits !== target.bits) {
      throw unreadable(text, 'move:SOURCE->TARGET with as many bits in both')
    }
    const headers = {source: headerOf(source.field, 'exact'), target: headerOf(target.field, 'exact')}
    return copyBody.encode({bits: source.bits, from: source.offset, to: target.offset, ...headers})
  },
  print(body) {
    const {bits, from, to, source, target} = copyBody.decode(body)
    const [left, right] = [
      {field: knownField(source), offset: from, bits},
      {field: knownField(target), offset: to, bits},
    ]
    return `move:${printSubfield(left)}->${printSubfield(right)}`
  },
}

/** push:FIELD and pop:FIELD, of a stack that lives as long as the packet's way through the tables. */
function stackAction(word: 'push' | 'pop', nicira: number): ActionKind {
  return {
    nicira,
    words: [word],
    parse(text) {
      const {field, offset, bits} = parseSubfield(text.slice(word.length + 1))
      return stackBody.encode({offset, field: niciraHeaderOf(field), bits})
    },
    print: (body) => `${word}:${printSubfield(subfieldOf(stackBody.decode(body)))}`,
  }
}

const checkPacketLarger: ActionKind = {
  nicira: 49,
  words: ['check_pkt_larger'],
  parse(text) {
    const [, length = '', target = ''] = /^check_pkt_larger\((\d+)\)->(.+)$/u.exec(text) ?? []
    const {field, offset, bits} = parseSubfield(target)
    if (bits !== 1) throw unreadable(target, 'one bit of a field')
    return lengthBody.encode({length: readNumber(length, 2), offset, field: niciraHeaderOf(field)})
  },
  print(body) {
    const {length, offset, field} = lengthBody.decode(body)
    return `check_pkt_larger(${length})->${printSubfield(subfieldOf({offset, field, bits: 1}))}`
  },
}

/** dec_ttl alone tells the controllers with id 0, dec_ttl(ID,…) those with one of the ids. */
const decTtlIds: ActionKind = {
  nicira: 21,
  words: ['dec_ttl'],
  parse(text) {
    const parts = /^dec_ttl\((\d+(?:,\d+)*)\)$/u.exec(text)
    if (parts === null) return undefined
    const ids = (parts[1] ?? '').split(',').map((id) => readNumber(id, 2))
    const body = Buffer.alloc(6 + ids.length * 2)
    for (const [index, number] of [ids.length, 0, 0, ...ids].entries()) body.writeUInt16BE(number, index * 2)
    return body
  },
  print(body) {
    const ids = slice('dec_ttl', body, 6, slice('dec_ttl', body, 0, 2).readUInt16BE(0) * 2)
    return `dec_ttl(${Array.from({length: ids.length / 2}, (_, index) => ids.readUInt16BE(index * 2)).join(',')})`
  },
}

/** Words with one value of one or two bytes: which VLAN or MPLS header comes on top, a TTL. */
function headerAction(
  word: string,
  openflow: number,
  style: {readonly digits: number} | 'parentheses' | 'colon',
): ActionKind {
  const size = typeof style === 'object' ? 2 : 1
  return {
    openflow,
    words: [word],
    parse(text) {
      const [, value] = new RegExp(`^${word}(?::|\\()(\\w+)\\)?$`, 'u').exec(text) ?? []
      if (value === undefined) throw unreadable(text, `${word}:VALUE`)
      return Buffer.concat([etherType.parse(value, size)], 4)
    },
    print(body) {
      const value = slice(word, body, 0, size).readUIntBE(0, size)
      if (typeof style === 'object') return `${word}:0x${value.toString(16).padStart(style.digits, '0')}`
      return style === 'colon' ? `${word}:${value}` : `${word}(${value})`
    },
  }
}

/** What alters a packet or its registers. */
export const fieldActions: readonly ActionKind[] = [
  setField,
  move,
  stackAction('push', 27),
  stackAction('pop', 28),
  checkPacketLarger,
  bareAction('dec_ttl', {openflow: 24}),
  decTtlIds,
  headerAction('mod_nw_ttl', 23, 'colon'),
  headerAction('push_vlan', 17, {digits: 1}),
  bareAction('pop_vlan', {openflow: 18}),
  headerAction('push_mpls', 19, {digits: 4}),
  headerAction('pop_mpls', 20, {digits: 4}),
  headerAction('set_mpls_ttl', 15, 'parentheses'),
  bareAction('dec_mpls_ttl', {openflow: 16}),
]

function subfieldOf({
  offset,
  field,
  bits,
}: {
  readonly offset: number
  readonly field: number
  readonly bits: number
}): Subfield {
  return {field: knownField(field), offset, bits}
}
