import {numberReaderOf} from './numeric.ts'
import {headerOf, type PacketField} from './oxm.ts'
import {type Outgoing, put} from './outgoing.ts'
import {remembered} from './remembered.ts'
import {encodeFieldValue, parseFieldValue} from './tlv.ts'

/**
 * Puts a field at `at` with the value, or value and mask, that `text` says between `from` and `to`. Answers where it
 * ends: at `at` itself when the mask is zero, so that nothing is said. Throws FLOW_INVALID.
 */
export type FieldWriter = (out: Outgoing, at: number, text: string, from: number, to: number) => number

type Place = 'match' | 'action'
const writers = {match: new Map<PacketField, FieldWriter>(), action: new Map<PacketField, FieldWriter>()}

/** One writer a field and place, made from its row. */
export function writerOf(field: PacketField, place: Place): FieldWriter {
  const known = writers[place].get(field) ?? makeWriter(field, place)
  writers[place].set(field, known)
  return known
}

function makeWriter(field: PacketField, place: Place): FieldWriter {
  const kind = place === 'match' ? field.kind : field.kindInAction
  const [reader, size, putText] = [numberReaderOf(kind, field.bytes), field.bytes, textWriter(field, place)]
  if (reader === undefined) return putText
  const [exact, masked, ones] = [headerOf(field, 'exact'), headerOf(field, 'masked'), 2 ** field.bits - 1]
  return (out, at, text, from, to) => {
    const slash = text.indexOf('/', from)
    const whole = slash < 0 || slash >= to
    const value = reader.read(text, from, whole ? to : slash)
    const mask = whole ? ones : reader.readMask(text, slash + 1, to)
    if (value < 0 || value > ones || mask < 0 || mask > ones) return putText(out, at, text, from, to)
    if (mask === 0) return at
    out.view.setUint32(at, mask === ones ? exact : masked)
    if (mask === ones) return putNumber(out, at + 4, size, value)
    // A mask of more than 32 bits is never read as a number.
    return putNumber(out, putNumber(out, at + 4, size, (value & mask) >>> 0), size, mask)
  }
}

/** Names of ports, flags, wide fields: the same few texts again and again, read by the kind's own parse. */
function textWriter(field: PacketField, place: Place): FieldWriter {
  const bytesOf = remembered(200, (text: string): Buffer => {
    const entry = parseFieldValue(field, text, place)
    return entry === undefined ? nothing : encodeFieldValue(entry)
  })
  return (out, at, text, from, to) => put(out, at, bytesOf(text.slice(from, to)))
}
const nothing = Buffer.alloc(0)

function putNumber({view}: Outgoing, at: number, size: number, value: number): number {
  if (size === 4) view.setUint32(at, value)
  else if (size === 2) view.setUint16(at, value)
  else if (size === 1) view.setUint8(at, value)
  else {
    view.setUint16(at, value / 2 ** 32)
    view.setUint32(at + 2, value)
  }
  return at + size
}
