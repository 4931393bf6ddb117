import {AntctlError} from '../../model/errors.ts'

/** A value of fixed size in network byte order: the one description that both reading and writing follow. */
export interface Field<T> {
  readonly size: number
  /** Not part of the values. */
  readonly isPadding?: true
  read(bytes: Buffer, at: number): T
  write(bytes: Buffer, at: number, value: T): void
}

export const u8: Field<number> = {
  size: 1,
  read: (bytes, at) => bytes.readUInt8(at),
  write: (bytes, at, value) => bytes.writeUInt8(value, at),
}
export const u16: Field<number> = {
  size: 2,
  read: (bytes, at) => bytes.readUInt16BE(at),
  write: (bytes, at, value) => bytes.writeUInt16BE(value, at),
}
export const u32: Field<number> = {
  size: 4,
  read: (bytes, at) => bytes.readUInt32BE(at),
  write: (bytes, at, value) => bytes.writeUInt32BE(value, at),
}
export const u64: Field<bigint> = {
  size: 8,
  read: (bytes, at) => bytes.readBigUInt64BE(at),
  write: (bytes, at, value) => bytes.writeBigUInt64BE(value, at),
}

/** Bytes that mean nothing: sent as zero, ignored when read. */
export function pad(size: number): Field<undefined> {
  return {size, isPadding: true, read: () => undefined, write: () => {}}
}

export function octets(size: number): Field<Buffer> {
  return {
    size,
    read: (bytes, at) => bytes.subarray(at, at + size),
    write: (bytes, at, value) => bytes.set(value.subarray(0, size), at),
  }
}

/** Text that ends at its first zero byte. */
export function text(size: number): Field<string> {
  return {
    size,
    read: (bytes, at) => bytes.toString('utf8', at, at + size).replace(/\0.*$/su, ''),
    write: (bytes, at, value) => bytes.write(value, at, size - 1, 'utf8'),
  }
}

/** A number that we call by its name in the specification. A number without a name is refused when read. */
export function named<Name extends string>(field: Field<number>, numbers: Readonly<Record<Name, number>>): Field<Name> {
  const byNumber = new Map(Object.entries<number>(numbers).map(([name, number]) => [number, name as Name]))
  return {
    size: field.size,
    read(bytes, at) {
      const number = field.read(bytes, at)
      const name = byNumber.get(number)
      if (name === undefined) throw malformed(`${number} is none of ${Object.keys(numbers).join(', ')}`)
      return name
    },
    write: (bytes, at, name) => field.write(bytes, at, numbers[name]),
  }
}

type Fields = Readonly<Record<string, Field<unknown>>>
type Meaningful<F> = {[Key in keyof F as F[Key] extends Field<undefined> ? never : Key]: F[Key]}
/** The object that a struct's field list describes; padding is not part of it. */
export type Values<F> = {readonly [Key in keyof Meaningful<F>]: Meaningful<F>[Key] extends Field<infer T> ? T : never}

export interface Struct<V> {
  readonly name: string
  readonly size: number
  /** Where each field stands, for who changes a few fields of bytes that are there already. */
  readonly offsets: {readonly [Key in keyof V]: number}
  decode(bytes: Buffer, at?: number): V
  encode(values: V): Buffer
  write(bytes: Buffer, at: number, values: V): void
}

/** A wire structure from its field list, in the order of the specification. Throws OPENFLOW when bytes are missing. */
export function struct<F extends Fields>(name: string, fields: F): Struct<Values<F>> {
  const rows = Object.entries<Field<unknown>>(fields)
  const size = rows.reduce((sum, [, field]) => sum + field.size, 0)
  const offsets: Record<string, number> = {}
  const meaningful = rows.filter(([, field]) => field.isPadding === undefined)
  let offset = 0
  for (const [key, field] of rows) {
    offsets[key] = offset
    offset += field.size
  }
  const write = (bytes: Buffer, start: number, values: Values<F>): void => {
    const byName = values as Readonly<Record<string, unknown>>
    let at = start
    for (const [key, field] of rows) {
      field.write(bytes, at, byName[key])
      at += field.size
    }
  }
  return {
    name,
    size,
    offsets: offsets as {readonly [Key in keyof Values<F>]: number},
    write,
    decode(bytes, start = 0) {
      if (bytes.length < start + size) throw truncated(name, start + size, bytes.length)
      const values: Record<string, unknown> = {}
      for (const [key, field] of meaningful) values[key] = field.read(bytes, start + (offsets[key] ?? 0))
      return values as Values<F>
    },
    encode(values) {
      const bytes = Buffer.alloc(size)
      write(bytes, 0, values)
      return bytes
    },
  }
}

/** `length` bytes from `at`; throws when the message ends before. */
export function slice(name: string, bytes: Buffer, at: number, length: number): Buffer {
  mustHold(name, bytes, at, length)
  return bytes.subarray(at, at + length)
}

/** Throws when the message ends before `length` bytes from `at`. */
export function mustHold(name: string, bytes: Buffer, at: number, length: number): void {
  if (length < 0 || at + length > bytes.length) throw truncated(name, at + length, bytes.length)
}

/** OpenFlow aligns matches, instructions and actions to eight bytes. */
export function padded(length: number): number {
  return (length + 7) & ~7
}

export function truncated(name: string, wanted: number, got: number): AntctlError {
  return malformed(`${name} is cut off: ${wanted} bytes expected, ${got} are there`)
}

export function malformed(sentence: string): AntctlError {
  return new AntctlError('OPENFLOW', `malformed OpenFlow: ${sentence}`)
}
