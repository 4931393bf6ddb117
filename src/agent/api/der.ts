/** Distinguished Encoding Rules (X.690), as far as one certificate needs them. Each function gives tag, length, value. */

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

export function set(...parts: readonly Buffer[]): Buffer {
  return element(0x31, Buffer.concat(parts))
}

/** Big-endian and positive: the first bit must be 0. */
export function integer(value: Buffer): Buffer {
  return element(0x02, value)
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.of(value ? 0xff : 0x00))
}

/** BIT STRING without unused bits. */
export function bits(value: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(0), value]))
}

export function octets(value: Buffer): Buffer {
  return element(0x04, value)
}

export function utf8(value: string): Buffer {
  return element(0x0c, Buffer.from(value))
}

/** YYMMDDHHMMSSZ; RFC 5280 wants it for years before 2050. */
export function utcTime(time: Date): Buffer {
  return element(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replaceAll(/[-:T]/gu, '')}Z`))
}

/** Dotted text: the first two numbers share a byte, the rest are base 128 with a continuation bit. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** Context-specific and constructed: [number] EXPLICIT. */
export function explicit(number: number, value: Buffer): Buffer {
  return element(0xa0 | number, value)
}

/** Context-specific and primitive: [number] IMPLICIT. */
export function tagged(number: number, value: Buffer): Buffer {
  return element(0x80 | number, value)
}

function element(tag: number, value: Buffer): Buffer {
  const size = value.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}
