import type {ActionKind} from './action-kind.ts'
import {pad, struct, u16, u32, u8} from './codec.ts'
import {connectionTracking, addressTranslation, forgetConnection} from './ct.ts'
import {reservedPorts} from './messages.ts'
import {fieldByName, headerOf} from './oxm.ts'
import {knownField, packRange, parseSubfield, printSubfield, unpackRange} from './subfield.ts'
import {decodeFieldValue, encodeFieldValue, parseFieldValue, printFieldValue, reduce} from './tlv.ts'
import {decimal, port, unreadable} from './values.ts'

const outputBody = struct('output', {port: u32, maxLength: u16, pad: pad(6)})
const groupBody = struct('group', {group: u32})
const copyBody = struct('copy field', {bits: u16, from: u16, to: u16, pad: pad(2), source: u32, target: u32})
const resubmitBody = struct('resubmit', {inPort: u16, table: u8, pad: pad(3)})
const outputRegisterBody = struct('output to a field', {range: u16, source: u32, maxLength: u16, pad: pad(6)})
const conjunctionBody = struct('conjunction', {clause: u8, clauses: u8, id: u32})
/** OFPP_IN_PORT of OpenFlow 1.0, which Nicira's 16-bit fields keep. */
const samePort = 0xfff8
const wholePacket = 0xffff

const output: ActionKind = {
  openflow: 0,
  words: ['output', ...Object.keys(reservedPorts).map((name) => name.toLowerCase())],
  parse(text) {
    const controller = /^controller(?::(\d+))?$/iu.exec(text)
    if (controller !== null) {
      return outputBody.encode({port: reservedPorts.CONTROLLER, maxLength: Number(controller[1] ?? wholePacket)})
    }
    const target = text.replace(/^output:/iu, '')
    if (!/^(?:\d+|[a-z_]+)$/iu.test(target)) return undefined
    return outputBody.encode({port: port.parse(target, 4).readUInt32BE(0), maxLength: 0})
  },
  print(body) {
    const {port: number, maxLength} = outputBody.decode(body)
    if (number === reservedPorts.CONTROLLER) return `CONTROLLER:${maxLength}`
    const name = port.print(body.subarray(0, 4))
    return /^\d/u.test(name) ? `output:${name}` : name
  },
}

const outputToField: ActionKind = {
  nicira: 15,
  words: ['output'],
  parse(text) {
    const source = parseSubfield(text.slice('output:'.length))
    return outputRegisterBody.encode({
      range: packRange(source),
      source: headerOf(source.field, 'exact'),
      maxLength: wholePacket,
    })
  },
  print(body) {
    const {range, source} = outputRegisterBody.decode(body)
    return `output:${printSubfield(unpackRange(source, range))}`
  },
}

const group: ActionKind = {
  openflow: 22,
  words: ['group'],
  parse: (text) => groupBody.encode({group: numberAfter(text, 'group:')}),
  print: (body) => `group:${groupBody.decode(body).group}`,
}

const setField: ActionKind = {
  openflow: 25,
  words: ['set_field', 'load'],
  parse(text) {
    const [, word, value = '', name = ''] = /^(set_field|load):(.+)->(.+)$/u.exec(text) ?? []
    if (word === 'load') return loadBits(value, name)
    const field = fieldByName(name)
    if (word === undefined || field === undefined) throw unreadable(text, 'set_field:VALUE[/MASK]->FIELD')
    const entry = parseFieldValue(field, value)
    if (entry === undefined) throw unreadable(text, 'a change: its mask is zero')
    return encodeFieldValue(entry)
  },
  print(body) {
    const {entry} = decodeFieldValue(body, 0)
    return 'field' in entry ? `set_field:${printFieldValue(entry)}->${entry.field.name}` : undefined
  },
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

const decTtl: ActionKind = {
  openflow: 24,
  words: ['dec_ttl'],
  parse: (text) => (text === 'dec_ttl' ? Buffer.alloc(4) : undefined),
  print: () => 'dec_ttl',
}

const resubmit: ActionKind = {
  nicira: 14,
  words: ['resubmit'],
  parse(text) {
    const [, from, table] = /^resubmit\((\d*),(\d+)\)$/u.exec(text) ?? []
    if (from === undefined || table === undefined) return undefined
    return resubmitBody.encode({inPort: from === '' ? samePort : Number(from), table: Number(table)})
  },
  print(body) {
    const {inPort, table} = resubmitBody.decode(body)
    return `resubmit(${inPort === samePort ? '' : inPort},${table})`
  },
}

const conjunction: ActionKind = {
  nicira: 34,
  words: ['conjunction'],
  parse(text) {
    const [, id, clause, clauses] = /^conjunction\((\d+),(\d+)\/(\d+)\)$/u.exec(text) ?? []
    if (id === undefined) return undefined
    return conjunctionBody.encode({id: Number(id), clause: Number(clause) - 1, clauses: Number(clauses)})
  },
  print(body) {
    const {id, clause, clauses} = conjunctionBody.decode(body)
    return `conjunction(${id},${clause + 1}/${clauses})`
  },
}

const note: ActionKind = {
  nicira: 8,
  words: ['note'],
  parse(text) {
    const bytes = Buffer.from(text.slice('note:'.length).replaceAll('.', ''), 'hex')
    // The header is ten bytes, so that six of the note come before the first multiple of eight.
    return Buffer.concat([bytes, Buffer.alloc((14 - (bytes.length % 8)) % 8)])
  },
  print: (body) => `note:${body.toString('hex').replaceAll(/..(?!$)/gu, '$&.')}`,
}

export const actionKinds: readonly ActionKind[] = [
  output,
  outputToField,
  group,
  setField,
  move,
  decTtl,
  resubmit,
  conjunction,
  note,
  connectionTracking,
  addressTranslation,
  forgetConnection,
]

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
  const entry = reduce(field, place(BigInt(value)), place(ones))
  if (entry === undefined) throw unreadable(target, 'a part of a field')
  return encodeFieldValue(entry)
}

function numberAfter(text: string, prefix: string): number {
  return decimal.parse(text.slice(prefix.length), 4).readUInt32BE(0)
}
