import {malformed} from './codec.ts'
import {fieldByHeader, fieldInAction, type PacketField} from './oxm.ts'
import {unreadable} from './values.ts'

/** A part of a field: "NXM_NX_REG0[0..3]", "reg1[]". */
export interface Subfield {
  readonly field: PacketField
  readonly offset: number
  readonly bits: number
}

export function parseSubfield(text: string): Subfield {
  const parts = /^([a-z][\w]*)(?:\[(?:(\d+)(?:\.\.(\d+))?)?\])?$/iu.exec(text)
  const field = fieldInAction(parts?.[1] ?? '')
  if (parts === null || field === undefined) throw unreadable(text, 'a field, for example NXM_NX_REG0[0..3]')
  const first = Number(parts[2] ?? 0)
  const last = Number(parts[3] ?? parts[2] ?? field.bits - 1)
  if (last < first || last >= field.bits) throw unreadable(text, `a part of a field of ${field.bits} bits`)
  return {field, offset: first, bits: last - first + 1}
}

export function printSubfield({field, offset, bits}: Subfield): string {
  if (bits === field.bits) return `${field.inMove}[]`
  return `${field.inMove}[${bits === 1 ? offset : `${offset}..${offset + bits - 1}`}]`
}

/** nicira-ext.h: offset in the upper ten bits, number of bits less one in the lower six. */
export function packRange({offset, bits}: Subfield): number {
  return (offset << 6) | (bits - 1)
}

export function unpackRange(header: number, range: number): Subfield {
  return {field: knownField(header), offset: range >>> 6, bits: (range & 0x3f) + 1}
}

export function knownField(header: number): PacketField {
  const field = fieldByHeader(header)
  if (field === undefined) throw malformed(`0x${header.toString(16)} is no field that we know`)
  return field
}
