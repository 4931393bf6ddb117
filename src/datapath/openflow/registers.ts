import {numberReaderOf} from './numeric.ts'
import {fieldByName, headerOf, type PacketField, packetFields} from './oxm.ts'
import type {Outgoing} from './outgoing.ts'
import {type FieldValue, parseFieldValue, reduce} from './tlv.ts'

const registerBytes = 4
const registers = new Map<PacketField, number>(numbered(/^reg(\d+)$/u))
const wideRegisters = new Map<PacketField, number>(numbered(/^x{1,2}reg(\d)$/u))

/** A switch gives registers back by twos or fours (xreg0, xxreg0): always single registers in our words. */
export function splitRegisters(entry: FieldValue): FieldValue[] {
  const wide = wideRegisters.get(entry.field)
  if (wide === undefined) return [entry]
  const count = entry.field.bytes / registerBytes
  return Array.from({length: count}, (_, index) => {
    const field = fieldByName(`reg${wide * count + index}`)
    const part = (bytes: Buffer): Buffer => bytes.subarray(index * registerBytes, (index + 1) * registerBytes)
    return field === undefined ? [] : (reduce(field, part(entry.value), part(maskOf(entry))) ?? [])
  }).flat()
}

/** The xreg that a register is one half of; undefined for what is no register. */
export function pairOf(field: PacketField): {readonly pair: PacketField; readonly half: 'high' | 'low'} | undefined {
  const number = registers.get(field)
  const pair = number === undefined ? undefined : fieldByName(`xreg${number >> 1}`)
  if (number === undefined || pair === undefined) return undefined
  return {pair, half: (number & 1) === 0 ? 'high' : 'low'}
}

type PairWriter = (out: Outgoing, at: number, high: string | undefined, low: string | undefined) => number

/** Puts two registers as the one field `pair`; undefined is a register that does not count. */
export function pairWriter(pair: PacketField): PairWriter {
  const [exact, masked] = [headerOf(pair, 'exact'), headerOf(pair, 'masked')]
  return ({view}, at, high, low) => {
    const [highMask, lowMask] = [readMask(high), readMask(low)]
    const [highValue, lowValue] = [readValue(high), readValue(low)]
    if (highMask === 0 && lowMask === 0) return at
    const whole = highMask === ones && lowMask === ones
    view.setUint32(at, whole ? exact : masked)
    view.setUint32(at + 4, highValue & highMask)
    view.setUint32(at + 8, lowValue & lowMask)
    if (whole) return at + 12
    view.setUint32(at + 12, highMask)
    view.setUint32(at + 16, lowMask)
    return at + 20
  }
}

const ones = 0xffff_ffff
const anyRegister = [...registers.keys()].find(({name}) => name === 'reg0')
const reader = anyRegister && numberReaderOf(anyRegister.kind, registerBytes)

function readValue(text: string | undefined): number {
  if (text === undefined) return 0
  const slash = text.indexOf('/')
  const value = reader?.read(text, 0, slash < 0 ? text.length : slash) ?? -1
  return value >= 0 && value <= ones ? value : (parsed(text)?.value.readUInt32BE(0) ?? 0)
}

function readMask(text: string | undefined): number {
  if (text === undefined) return 0
  const slash = text.indexOf('/')
  if (slash < 0) return ones
  const mask = reader?.readMask(text, slash + 1, text.length) ?? -1
  if (mask >= 0 && mask <= ones) return mask
  const entry = parsed(text)
  return entry === undefined ? 0 : maskOf(entry).readUInt32BE(0)
}

/** Long-winded spellings, and the complaint about what is none. */
function parsed(text: string): FieldValue | undefined {
  return anyRegister && parseFieldValue(anyRegister, text)
}

function maskOf({field, mask}: FieldValue): Buffer {
  return mask ?? Buffer.alloc(field.bytes, 0xff)
}

function numbered(name: RegExp): (readonly [PacketField, number])[] {
  return packetFields.flatMap((field) => {
    const digits = name.exec(field.name)?.[1]
    return digits === undefined ? [] : [[field, Number(digits)] as const]
  })
}
