import {slice} from './codec.ts'
import {fieldByHeader, headerOf, type PacketField} from './oxm.ts'
import {hex} from './values.ts'

/** One field with its value, and a mask when not every bit counts: OpenFlow 1.5.1 §7.2.3.2 (OXM). */
export interface FieldValue {
  readonly field: PacketField
  readonly value: Buffer
  readonly mask?: Buffer
}

/** A field that our table does not have, kept byte for byte so that a foreign flow can be shown and compared. */
export interface UnknownField {
  readonly header: number
  readonly payload: Buffer
}

/** "0x2/0xf", "10.244.1.0/24", "+trk-new" → bytes. A mask of ones is left out, bits outside the mask are cleared. */
export function parseFieldValue(
  field: PacketField,
  text: string,
  place: 'match' | 'action' = 'match',
): FieldValue | undefined {
  const {bytes} = field
  const kind = place === 'match' ? field.kind : field.kindInAction
  const whole = kind.whole?.parse(text)
  if (whole !== undefined) return reduce(field, whole.value, whole.mask)
  const slash = text.indexOf('/')
  if (slash < 0) return {field, value: kind.parse(text, bytes)}
  const parseMask = kind.parseMask ?? kind.parse
  return reduce(field, kind.parse(text.slice(0, slash), bytes), parseMask(text.slice(slash + 1), bytes))
}

export function printFieldValue({field, value, mask}: FieldValue, place: 'match' | 'action' = 'match'): string {
  const kind = place === 'match' ? field.kind : field.kindInAction
  if (mask === undefined) return kind.print(value)
  if (kind.whole !== undefined) return kind.whole.print(value, mask)
  const printMask = kind.printMask ?? kind.print
  // ovs-ofctl writes a masked decimal field in hexadecimal, in a match the value too, and 0x0 for zero.
  const printValue = place === 'match' && kind.printMask === hex.print ? printHex : kind.print
  return `${printValue(value)}/${printMask(mask)}`
}

function printHex(value: Buffer): string {
  return `0x${BigInt(`0x${value.toString('hex')}`).toString(16)}`
}

export function encodeFieldValue({field, value, mask}: FieldValue): Buffer {
  const bytes = Buffer.alloc(4 + field.bytes * (mask === undefined ? 1 : 2))
  bytes.writeUInt32BE(headerOf(field, mask === undefined ? 'exact' : 'masked'), 0)
  bytes.set(value, 4)
  if (mask !== undefined) bytes.set(mask, 4 + field.bytes)
  return bytes
}

/** The field that starts at `at`, and where the next one starts. */
export function decodeFieldValue(
  bytes: Buffer,
  at: number,
): {readonly entry: FieldValue | UnknownField; readonly next: number} {
  const header = slice('field', bytes, at, 4).readUInt32BE(0)
  const payload = slice('field', bytes, at + 4, header & 0xff)
  const next = at + 4 + payload.length
  const field = fieldByHeader(header)
  const masked = (header & 0x100) !== 0
  const known = field !== undefined && payload.length === field.bytes * (masked ? 2 : 1)
  if (!known) return {entry: {header, payload}, next}
  const value = payload.subarray(0, field.bytes)
  return {entry: masked ? {field, value, mask: payload.subarray(field.bytes)} : {field, value}, next}
}

/** undefined: the mask is zero, so that the field says nothing. */
export function reduce(field: PacketField, value: Buffer, mask: Buffer): FieldValue | undefined {
  if (mask.every((byte) => byte === 0)) return undefined
  if (isWhole(field, mask)) return {field, value}
  return {field, value: Buffer.from(value.map((byte, index) => byte & (mask[index] ?? 0))), mask}
}

/** Does the mask leave no bit out that means something? Flags are never taken for whole: some bits have no name yet. */
function isWhole({kind, bits, bytes}: PacketField, mask: Buffer): boolean {
  if (bits === bytes * 8 || kind.whole !== undefined) return mask.every((byte) => byte === 0xff)
  return BigInt(`0x${mask.toString('hex')}`) === (1n << BigInt(bits)) - 1n || mask.every((byte) => byte === 0xff)
}
