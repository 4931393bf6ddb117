import {AntctlError} from '../../model/errors.ts'
import {malformed, padded, slice} from './codec.ts'
import type {Flow} from './flow.ts'
import {matchHeader} from './messages.ts'
import {fieldByName, type PacketField, packetFields, placeOnWire, protocolWords, transportPrefixes} from './oxm.ts'
import {joinRegisters, splitRegisters} from './registers.ts'
import {remembered} from './remembered.ts'
import {decodeFieldValue, encodeFieldValue, type FieldValue, parseFieldValue, printFieldValue} from './tlv.ts'

type Match = Flow['match']

const order = new Map(packetFields.map((field, index) => [field, index]))
/** ovs-ofctl prints the protocol's word before the first field from here on. */
const wordPlace = placeOf('reg0')
/** What these mean depends on the IP protocol of the match. */
const ofTransport = /^(?:tp|icmp)_/u
const rawField = /^raw_([0-9a-f]{8})$/u

/** Words → ofp_match with its padding, fields in an order that keeps every prerequisite before what needs it. */
export function encodeMatch(match: Match): Buffer {
  const {known: entries, raw} = readMatch(match)
  const known = joinRegisters(entries)
  known.sort((a, b) => placeOnWire(a.field) - placeOnWire(b.field))
  const fields = [...known.map(encodeFieldValue), ...raw]
  const length = fields.reduce((sum, field) => sum + field.length, matchHeader.size)
  const bytes = Buffer.alloc(padded(length))
  matchHeader.write(bytes, 0, {type: 1, length})
  let at = matchHeader.size
  for (const field of fields) {
    bytes.set(field, at)
    at += field.length
  }
  return bytes
}

/** The ofp_match at `at` → words in ovs-ofctl's order, and the offset after its padding. */
export function decodeMatch(bytes: Buffer, at: number): {readonly match: Match; readonly next: number} {
  const {type, length} = matchHeader.decode(bytes, at)
  if (type !== 1) throw malformed(`match type ${type} is not OXM`)
  const end = at + length
  const fields = slice('match', bytes, at, length)
  slice('match padding', bytes, at, padded(length))
  const shown: Shown[] = []
  for (let position: number = matchHeader.size; position < fields.length;) {
    const size = 4 + slice('field', fields, position, 4).readUInt8(3)
    slice('field', fields, position, size)
    shown.push(...showField(fields.toString('latin1', position, position + size)))
    position += size
  }
  return {match: printMatch(shown), next: at + padded(end - at)}
}

/** A field of a match in words. */
interface Shown {
  readonly name: string
  readonly text: string
  /** Sorts fields as ovs-ofctl prints them. */
  readonly place: number
  readonly entry?: FieldValue
}

const showField = remembered(10_000, (key: string): readonly Shown[] => {
  const {entry} = decodeFieldValue(Buffer.from(key, 'latin1'), 0)
  if ('field' in entry) {
    return splitRegisters(entry).map((single) => ({
      name: single.field.inMatch,
      text: printFieldValue(single),
      place: order.get(single.field) ?? 0,
      entry: single,
    }))
  }
  const name = `raw_${entry.header.toString(16).padStart(8, '0')}`
  return [{name, text: entry.payload.toString('hex'), place: order.size}]
})

/** One text for equal matches, whatever their spelling: "ip,nw_dst=10.244.2.0/24". */
export function joinMatch(match: Match): string {
  return Object.entries(match)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(',')
}

function readMatch(match: Match): {known: FieldValue[]; raw: Buffer[]} {
  const known: FieldValue[] = []
  const raw: Buffer[] = []
  const protocol = ipProtocolOf(match)
  for (const [name, text] of Object.entries(match)) {
    const header = rawField.exec(name)?.[1]
    const reader = protocol !== undefined && ofTransport.test(name) ? `${name} ${protocol}` : name
    if (header === undefined) known.push(...readerOf(reader)(text))
    else raw.push(Buffer.from(header + text, 'hex'))
  }
  return {known, raw}
}

/** By field, or by IP protocol and field where the protocol decides what is meant: how its values are read. */
const readerOf = remembered(1000, (key: string): ((text: string) => readonly FieldValue[]) => {
  const [name = '', protocol] = key.split(' ')
  const word = Object.hasOwn(protocolWords, name) ? protocolWords[name] : undefined
  return remembered(5000, (text) => {
    if (word !== undefined && text === '') return wordFields(word)
    const entry = parseFieldValue(matchField(name, protocol === undefined ? undefined : Number(protocol)), text)
    return entry === undefined ? [] : splitRegisters(entry)
  })
})

function matchField(name: string, protocol: number | undefined): PacketField {
  const prefix = protocol === undefined ? undefined : transportPrefixes[protocol]
  const specific = ofTransport.test(name) ? `${prefix}${name.slice(name.indexOf('_') + 1)}` : name
  const field = fieldByName(specific)
  if (field !== undefined) return field
  if (specific !== name) throw new AntctlError('FLOW_INVALID', `${name} needs its protocol, for example tcp`)
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(name)} is not a field`, {remedy: ['man ovs-fields']})
}

function ipProtocolOf(match: Match): number | undefined {
  for (const [name, text] of Object.entries(match)) {
    const protocol = text === '' ? protocolWords[name]?.ipProtocol : undefined
    if (protocol !== undefined) return protocol
    if (name === 'nw_proto' || name === 'ip_proto') return Number(text)
  }
  return undefined
}

function wordFields({etherType, ipProtocol}: {readonly etherType: number; readonly ipProtocol?: number}): FieldValue[] {
  const fields = [
    ['eth_type', etherType],
    ['nw_proto', ipProtocol],
  ] as const
  return fields.flatMap(([name, value]) => {
    const field = fieldByName(name)
    return field === undefined || value === undefined ? [] : (parseFieldValue(field, String(value)) ?? [])
  })
}

function printMatch(fields: Shown[]): Record<string, string> {
  fields.sort((a, b) => a.place - b.place)
  const word = wordOf(fields)
  const match: Record<string, string> = {}
  for (const {name, text, place, entry} of fields) {
    if (word !== undefined && place >= wordPlace) match[word.name] = ''
    if (entry === undefined || word?.says.includes(entry.field.name) !== true) match[name] = text
  }
  return match
}

interface Said {
  readonly name: string
  readonly says: readonly string[]
}
const words = new Map<string, Said>(
  Object.entries(protocolWords).map(([name, {etherType, ipProtocol}]) => [
    `${etherType}/${ipProtocol ?? ''}`,
    {name, says: ipProtocol === undefined ? ['eth_type'] : ['eth_type', 'nw_proto']},
  ]),
)

/** The word that says most: "tcp" rather than "ip" and nw_proto. */
function wordOf(fields: readonly Shown[]): Said | undefined {
  const numberOf = (name: string): number | undefined => {
    const value = fields.find(({entry}) => entry?.field.name === name && entry.mask === undefined)?.entry?.value
    return value?.readUIntBE(0, value.length)
  }
  const etherType = numberOf('eth_type')
  if (etherType === undefined) return undefined
  return words.get(`${etherType}/${numberOf('nw_proto') ?? ''}`) ?? words.get(`${etherType}/`)
}

function placeOf(name: string): number {
  return packetFields.findIndex((field) => field.name === name)
}
