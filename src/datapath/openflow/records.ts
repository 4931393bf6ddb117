import {malformed, padded, slice, struct, u16} from './codec.ts'

/** Structures one after the other, each with its own length (16 bits at `lengthAt`) that counts all of it. */
export function records(name: string, body: Buffer, least: number, lengthAt = 0): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < body.length;) {
    const length = slice(name, body, at + lengthAt, 2).readUInt16BE(0)
    if (length < least) throw malformed(`${name} of ${length} bytes`)
    found.push(slice(name, body, at, length))
    at += length
  }
  return found
}

/** Structures of one size until the end. */
export function rows(name: string, body: Buffer, size: number): Buffer[] {
  if (body.length % size !== 0) throw malformed(`${name}: ${body.length} bytes are no multiple of ${size}`)
  return Array.from({length: body.length / size}, (_, index) => body.subarray(index * size, (index + 1) * size))
}

/** What OpenFlow 1.4 and later hang onto a structure: type, length without padding, value. */
const property = struct('property', {type: u16, length: u16})

export interface Property {
  readonly type: number
  readonly value: Buffer
}

export function decodeProperties(body: Buffer): Property[] {
  const found: Property[] = []
  for (let at = 0; at < body.length;) {
    const {type, length} = property.decode(body, at)
    if (length < property.size) throw malformed(`a property of ${length} bytes`)
    found.push({type, value: slice('property', body, at + property.size, length - property.size)})
    slice('property padding', body, at, padded(length))
    at += padded(length)
  }
  return found
}

export function encodeProperty({type, value}: Property): Buffer {
  const length = property.size + value.length
  return Buffer.concat([property.encode({type, length}), value], padded(length))
}
