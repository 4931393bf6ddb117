import {fieldByName, type PacketField, packetFields} from './oxm.ts'
import {type FieldValue, reduce} from './tlv.ts'

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

/** As OpenFlow 1.5 matches registers, and as Open vSwitch sends them: by twos. */
export function joinRegisters(entries: readonly FieldValue[]): FieldValue[] {
  if (!entries.some(({field}) => registers.has(field))) return [...entries]
  const pairs = new Map<number, {readonly value: Buffer; readonly mask: Buffer}>()
  const others: FieldValue[] = []
  for (const entry of entries) {
    const register = registers.get(entry.field)
    if (register === undefined) {
      others.push(entry)
      continue
    }
    const [pair, half] = [register >> 1, (register & 1) * registerBytes]
    const whole = pairs.get(pair) ?? {value: Buffer.alloc(8), mask: Buffer.alloc(8)}
    whole.value.set(entry.value, half)
    whole.mask.set(maskOf(entry), half)
    pairs.set(pair, whole)
  }
  for (const [pair, {value, mask}] of pairs) {
    const field = fieldByName(`xreg${pair}`)
    others.push(...(field === undefined ? [] : [reduce(field, value, mask)]).filter((entry) => entry !== undefined))
  }
  return others
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
