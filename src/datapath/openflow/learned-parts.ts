import {malformed, slice, struct, u16, u32} from './codec.ts'
import {fieldInAction, niciraHeaderOf} from './oxm.ts'
import {knownField, parseSubfield, printSubfield, type Subfield} from './subfield.ts'
import {parseFieldValue, printFieldValue} from './tlv.ts'
import {hex, unreadable} from './values.ts'

/**
 * One part of a flow that learn() adds (nicira-ext.h, "flow_mod_spec"): what it matches, what it loads, where it sends.
 * The source is a part of the packet that learns, or a value (as many bytes as the bits need, in steps of two).
 */
export type LearnedPart = {readonly source: Subfield | Buffer} & (
  | {readonly does: 'match' | 'load'; readonly target: Subfield}
  | {readonly does: 'output'; readonly target?: undefined}
)

const partHeader = struct('part of learn', {header: u16})
const place = struct('field of learn', {field: u32, offset: u16})
const kinds = ['match', 'load', 'output'] as const
const immediate = 0x2000

/** "reg0[0..3]=5", "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]", "load:1->reg0[]", "output:NXM_OF_IN_PORT[]" → a part. */
export function parseLearned(word: string): LearnedPart {
  if (word.startsWith('output:')) return {does: 'output', source: parseSubfield(word.slice('output:'.length))}
  const [, loaded, into] = /^load:(.+)->(.+)$/u.exec(word) ?? []
  if (loaded !== undefined && into !== undefined) {
    const target = parseSubfield(into)
    const source = /^(?:0x[0-9a-f]+|\d+)$/iu.test(loaded)
      ? number(loaded, target)
      : sameSize(parseSubfield(loaded), target)
    return {does: 'load', source, target}
  }
  const [, left = '', right] = /^([^=]+)(?:=(.+))?$/u.exec(word) ?? []
  const target = parseSubfield(left)
  if (right === undefined) return {does: 'match', source: target, target}
  return {does: 'match', source: readMatched(left, right, target), target}
}

export function printLearned(part: LearnedPart): string {
  const {does, source, target} = part
  if (target === undefined) return `output:${printSource(source)}`
  if (does === 'load') return `load:${printSource(source)}->${printSubfield(target)}`
  if (!Buffer.isBuffer(source)) {
    const [left, right] = [printSubfield(target), printSubfield(source)]
    return left === right ? left : `${left}=${right}`
  }
  const {field, bits} = target
  if (bits !== field.bits) return `${printSubfield(target)}=${hex.print(source)}`
  const value = Buffer.concat([Buffer.alloc(Math.max(0, field.bytes - source.length)), source]).subarray(-field.bytes)
  return `${field.name}=${printFieldValue({field, value}, 'action')}`
}

/** A part → bytes. */
export function learnedPart(part: LearnedPart): Buffer {
  const {does, source, target} = part
  const bits = target?.bits ?? (Buffer.isBuffer(source) ? source.length * 8 : source.bits)
  const header = bits | (kinds.indexOf(does) << 11) | (Buffer.isBuffer(source) ? immediate : 0)
  return Buffer.concat([
    partHeader.encode({header}),
    Buffer.isBuffer(source) ? source : encodePlace(source),
    target === undefined ? Buffer.alloc(0) : encodePlace(target),
  ])
}

/** All parts until the padding. */
export function readLearned(bytes: Buffer): LearnedPart[] {
  const parts: LearnedPart[] = []
  for (let at = 0; at + partHeader.size <= bytes.length;) {
    const {header} = partHeader.decode(bytes, at)
    if (header === 0) break
    at += partHeader.size
    const [bits, does] = [header & 0x7ff, kinds[(header >> 11) & 3]]
    if (does === undefined || bits === 0) throw malformed(`a part of learn with header 0x${header.toString(16)}`)
    const fixed = (header & immediate) !== 0
    const length = fixed ? Math.ceil(bits / 16) * 2 : place.size
    const source = fixed ? slice('value of learn', bytes, at, length) : decodePlace(bytes, at, bits)
    at += length
    if (does === 'output') {
      parts.push({does, source})
      continue
    }
    parts.push({does, source, target: decodePlace(bytes, at, bits)})
    at += place.size
  }
  return parts
}

function readMatched(left: string, right: string, target: Subfield): Subfield | Buffer {
  const whole = left.includes('[') ? undefined : fieldInAction(left)
  if (/^[a-z]\w*(?:\[[\d.]*\])?$/iu.test(right) && fieldInAction(right.replace(/\[.*$/u, '')) !== undefined) {
    return sameSize(parseSubfield(right), target)
  }
  if (whole === undefined) return number(right, target)
  const entry = parseFieldValue(whole, right, 'action')
  if (entry === undefined || entry.mask !== undefined) throw unreadable(right, 'a value without a mask')
  return evenLength(entry.value)
}

function sameSize(source: Subfield, target: Subfield): Subfield {
  if (source.bits !== target.bits) throw unreadable(printSubfield(source), `a field of ${target.bits} bits`)
  return source
}

function number(text: string, {bits}: Subfield): Buffer {
  const bytes = hex.parse(text, Math.ceil(bits / 16) * 2)
  if (BigInt(text) >= 1n << BigInt(bits)) throw unreadable(text, `a number of ${bits} bits`)
  return bytes
}

function evenLength(value: Buffer): Buffer {
  return value.length % 2 === 0 ? value : Buffer.concat([Buffer.alloc(1), value])
}

function printSource(source: Subfield | Buffer): string {
  return Buffer.isBuffer(source) ? hex.print(source) : printSubfield(source)
}

function encodePlace({field, offset}: Subfield): Buffer {
  return place.encode({field: niciraHeaderOf(field), offset})
}

function decodePlace(bytes: Buffer, at: number, bits: number): Subfield {
  const {field, offset} = place.decode(bytes, at)
  return {field: knownField(field), offset, bits}
}
