import {malformed, mustHold, padded, slice} from './codec.ts'
import type {Flow} from './flow.ts'
import {planOf} from './match-plan.ts'
import {matchHeader} from './messages.ts'
import {fieldByHeader, headerOf, packetFields, protocolWords} from './oxm.ts'
import {bytesOf, type Outgoing, putPadding} from './outgoing.ts'
import {splitRegisters} from './registers.ts'
import {remembered} from './remembered.ts'
import {decodeFieldValue, type FieldValue, printFieldValue} from './tlv.ts'
import {ipv4, mac} from './values.ts'
import {isTag, printTag} from './vlan.ts'

type Match = Flow['match']

const order = new Map(packetFields.map((field, index) => [field, index]))
/** ovs-ofctl prints the protocol's word before the first field from here on. */
const wordPlace = placeOf('reg0')
/** OFPMT_OXM, the one type of a match that there is. */
const oxm = 1

/** Words → ofp_match with its padding, in bytes of its own. */
export function encodeMatch(match: Match): Buffer {
  return bytesOf((out) => writeMatch(out, 0, match))
}

/** Puts the ofp_match with its padding at `at`, and answers where it ends. Throws FLOW_INVALID. */
export function writeMatch(out: Outgoing, at: number, match: Match): number {
  let end = at + matchHeader.size
  for (const step of planOf(match)) end = step(out, end, match)
  out.view.setUint16(at, oxm)
  out.view.setUint16(at + 2, end - at)
  return putPadding(out, at, end)
}

/** The ofp_match at `at` → words in ovs-ofctl's order, and the offset after its padding. */
export function decodeMatch(bytes: Buffer, at: number): {readonly match: Match; readonly next: number} {
  mustHold('match', bytes, at, matchHeader.size)
  const type = bytes.readUInt16BE(at)
  const length = bytes.readUInt16BE(at + matchHeader.offsets.length)
  if (type !== oxm) throw malformed(`match type ${type} is not OXM`)
  const end = at + length
  const fields = slice('match', bytes, at, length)
  mustHold('match padding', bytes, at, padded(length))
  return {match: decodeFields(fields, matchHeader.size), next: at + padded(end - at)}
}

/** Fields alone, from `start` to the end → words in ovs-ofctl's order. */
export function decodeFields(fields: Buffer, start = 0): Match {
  const shown: Shown[] = []
  for (let position = start; position < fields.length;) {
    mustHold('field', fields, position, 4)
    const size = 4 + fields.readUInt8(position + 3)
    mustHold('field', fields, position, size)
    const plain = showAddress(fields, position, size)
    if (plain === undefined) shown.push(...showField(fields.toString('latin1', position, position + size)))
    else shown.push(plain)
    position += size
  }
  return printMatch(shown)
}

/** A field of a match in words. */
interface Shown {
  readonly name: string
  readonly text: string
  /** Sorts fields as ovs-ofctl prints them. */
  readonly place: number
  readonly entry?: FieldValue
}

/** Whole addresses are as many as flows: to remember each would only push out what comes again. */
function showAddress(fields: Buffer, at: number, size: number): Shown | undefined {
  const field = fieldByHeader(fields.readUInt32BE(at))
  if (field === undefined || (field.kind !== ipv4 && field.kind !== mac)) return undefined
  if (fields.readUInt32BE(at) !== headerOf(field, 'exact')) return undefined
  const text = field.kind.print(fields.subarray(at + 4, at + size))
  return {name: field.inMatch, text, place: order.get(field) ?? 0}
}

const showField = remembered(5000, (key: string): readonly Shown[] => {
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

/** The two fields of a VLAN's tag are said together. */
function foldTag(shown: readonly Shown[]): Shown[] {
  const isPart = ({entry}: Shown): boolean => entry !== undefined && isTag(entry.field)
  const parts = shown.filter(isPart)
  const place = Math.min(...parts.map((part) => part.place))
  const words = Object.entries(printTag(parts.flatMap(({entry}) => entry ?? [])))
  return [...shown.filter((field) => !isPart(field)), ...words.map(([name, text]) => ({name, text, place}))]
}

function printMatch(shown: Shown[]): Record<string, string> {
  const fields = shown.some(({entry}) => entry !== undefined && isTag(entry.field)) ? foldTag(shown) : shown
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
