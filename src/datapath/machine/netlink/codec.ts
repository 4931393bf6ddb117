import {type Ip, type Mac, parseIp, parseMac} from '../../../model/address.ts'
import {AntctlError} from '../../../model/errors.ts'

/**
 * What fills one attribute or one field of a fixed header. Read as T, given as G. Numbers are in the host's byte order,
 * which is little-endian on every machine that the agent is built for; be… are in the network's.
 */
export interface Kind<T, G = T> {
  /** Bytes that are always taken; undefined where that depends on the value. */
  readonly size?: number
  /** Its attribute carries NLA_F_NESTED. */
  readonly nested?: true
  length(value: G): number
  read(bytes: Buffer, at: number, length: number): T
  write(bytes: Buffer, at: number, value: G): void
}
type Fixed<T> = Kind<T> & {readonly size: number}

export const u8 = fixed(
  1,
  (bytes, at) => bytes.readUInt8(at),
  (bytes, at, value) => bytes.writeUInt8(value, at),
)
export const u16 = fixed(
  2,
  (bytes, at) => bytes.readUInt16LE(at),
  (bytes, at, value) => bytes.writeUInt16LE(value, at),
)
export const u32 = fixed(
  4,
  (bytes, at) => bytes.readUInt32LE(at),
  (bytes, at, value) => bytes.writeUInt32LE(value, at),
)
export const i32 = fixed(
  4,
  (bytes, at) => bytes.readInt32LE(at),
  (bytes, at, value) => bytes.writeInt32LE(value, at),
)
export const be16 = fixed(
  2,
  (bytes, at) => bytes.readUInt16BE(at),
  (bytes, at, value) => bytes.writeUInt16BE(value, at),
)

export const be32 = fixed(
  4,
  (bytes, at) => bytes.readUInt32BE(at),
  (bytes, at, value) => bytes.writeUInt32BE(value, at),
)
export const bei32 = fixed(
  4,
  (bytes, at) => bytes.readInt32BE(at),
  (bytes, at, value) => bytes.writeInt32BE(value, at),
)

/** Text that ends at its first zero byte, or with the attribute. */
export const text: Kind<string> = {
  length: (value) => Buffer.byteLength(value) + 1,
  read: (bytes, at, length) => {
    const end = bytes.indexOf(0, at)
    return bytes.toString('utf8', at, end === -1 || end > at + length ? at + length : end)
  },
  write: (bytes, at, value) => void bytes.write(`${value}\0`, at),
}

export const octets: Kind<Buffer> = {
  length: (value) => value.length,
  read: (bytes, at, length) => bytes.subarray(at, at + length),
  write: (bytes, at, value) => void value.copy(bytes, at),
}

/** Four bytes or sixteen. Written from text, which must be an address. */
export const ip: Kind<Ip, string> = {
  length: (value) => (value.includes(':') ? 16 : 4),
  read: (bytes, at, length) => {
    const octets = bytes.subarray(at, at + length)
    if (length === 4) return parseIp(octets.join('.'))
    if (length !== 16) throw malformed(`an address has ${length} bytes`)
    return parseIp(octets.toString('hex').match(/.{4}/gu)?.join(':') ?? '')
  },
  write: (bytes, at, value) => void bytesOfIp(value).copy(bytes, at),
}

/** undefined for a link layer address that is not Ethernet's: the kernel has those of four and of sixteen bytes too. */
export const mac: Kind<Mac | undefined, Mac> = {
  length: () => 6,
  read: (bytes, at, length) =>
    length === 6
      ? parseMac(
          bytes
            .toString('hex', at, at + 6)
            .match(/../gu)
            ?.join(':') ?? '',
        )
      : undefined,
  write: (bytes, at, value) => void bytesOfMac(value).copy(bytes, at),
}

type AnyKind = Kind<unknown, never>
type ReadOf<K> = K extends Kind<infer T, never> ? T : never
type GivenOf<K> = K extends {write(bytes: Buffer, at: number, value: infer G): void} ? G : never
type Row = readonly [type: number, kind: AnyKind]
type Rows = Readonly<Record<string, Row>>
type Header = Readonly<Record<string, Fixed<number>>>

type Read<H, A extends Rows> = {readonly [Key in keyof H]: number} & {
  readonly [Key in keyof A]?: ReadOf<A[Key][1]>
}
type Given<H, A extends Rows> = {readonly [Key in keyof H]?: number | undefined} & {
  readonly [Key in keyof A]?: GivenOf<A[Key][1]> | undefined
}

export interface Body<T, G> extends Kind<T, G> {
  decode(bytes: Buffer): T
  encode(value: G): Buffer
}
/** What decode() of a body gives. */
export type Decoded<B> = B extends Body<infer T, never> ? T : never

/**
 * A netlink structure from its tables: the fields of the fixed header in their order, then the attributes by number
 * (struct nlattr, linux/netlink.h). Fields not given are zero, attributes not given are left out; attributes that are not
 * in the table are passed over. Throws MACHINE for bytes that end too early.
 */
export function body<H extends Header, A extends Rows>(
  name: string,
  header: H,
  rows: A,
): Body<Read<H, A>, Given<H, A>> {
  const fields = Object.entries(header)
  const headerSize = fields.reduce((sum, [, {size}]) => sum + size, 0)
  const known = Object.entries<Row>(rows)
  const byType = new Map(known.map(([key, [type, kind]]) => [type, {key, kind}]))
  const valuesOf = (value: object) => value as Readonly<Record<string, never>>
  const length = (given: object): number => {
    const values = valuesOf(given)
    let sum = headerSize
    for (const [key, [, kind]] of known) {
      if (values[key] !== undefined) sum = aligned(sum) + attributeHeader + kind.length(values[key])
    }
    return aligned(sum)
  }
  const write = (bytes: Buffer, start: number, given: object): void => {
    const values = valuesOf(given)
    let at = start
    for (const [key, field] of fields) {
      field.write(bytes, at, values[key] ?? 0)
      at += field.size
    }
    at = start + aligned(headerSize)
    for (const [key, [type, kind]] of known) {
      if (values[key] === undefined) continue
      const end = at + attributeHeader + kind.length(values[key])
      bytes.writeUInt16LE(end - at, at)
      bytes.writeUInt16LE(kind.nested === true ? type | nestedFlag : type, at + 2)
      kind.write(bytes, at + attributeHeader, values[key])
      at = aligned(end)
    }
  }
  const read = (bytes: Buffer, start: number, size: number): Read<H, A> => {
    if (size < headerSize) throw cutOff(name, headerSize, size)
    const values: Record<string, unknown> = {}
    let at = start
    for (const [key, field] of fields) {
      values[key] = field.read(bytes, at, field.size)
      at += field.size
    }
    for (const attribute of attributesOf(name, bytes, start + aligned(headerSize), start + size)) {
      const row = byType.get(attribute.type)
      if (row === undefined) continue
      if (attribute.length < (row.kind.size ?? 0))
        throw cutOff(`${name} ${row.key}`, row.kind.size ?? 0, attribute.length)
      values[row.key] = row.kind.read(bytes, attribute.at, attribute.length)
    }
    return values as Read<H, A>
  }
  return {
    nested: true,
    length,
    read,
    write,
    decode: (bytes) => read(bytes, 0, bytes.length),
    encode: (given) => {
      const bytes = Buffer.alloc(length(given))
      write(bytes, 0, given)
      return bytes
    },
  }
}

/** Attributes of one number, one after the other (nf_tables' lists: NFTA_LIST_ELEM is 1). */
export function list<T, G>(kind: Kind<T, G>, type = 1): Kind<readonly T[], readonly G[]> {
  return {
    nested: true,
    length: (values) => values.reduce((sum, value) => sum + attributeHeader + aligned(kind.length(value)), 0),
    read: (bytes, at, length) =>
      [...attributesOf('list', bytes, at, at + length)].map((item) => kind.read(bytes, item.at, item.length)),
    write: (bytes, start, values) => {
      let at = start
      for (const value of values) {
        const length = attributeHeader + kind.length(value)
        bytes.writeUInt16LE(length, at)
        bytes.writeUInt16LE(kind.nested === true ? type | nestedFlag : type, at + 2)
        kind.write(bytes, at + attributeHeader, value)
        at += aligned(length)
      }
    },
  }
}

/** Everything in netlink is aligned to four bytes. */
export function aligned(length: number): number {
  return (length + 3) & ~3
}

export function cutOff(name: string, wanted: number, got: number): AntctlError {
  return malformed(`${name} is cut off: ${wanted} bytes expected, ${got} are there`)
}

export function bytesOfMac(value: Mac): Buffer {
  return Buffer.from(value.replaceAll(':', ''), 'hex')
}

const attributeHeader = 4
/** NLA_F_NESTED; the bit below it (NLA_F_NET_BYTEORDER) is not part of the number either. */
const nestedFlag = 0x8000
const typeMask = 0x3fff

interface Attribute {
  readonly type: number
  readonly at: number
  readonly length: number
}

function* attributesOf(name: string, bytes: Buffer, start: number, end: number): Generator<Attribute> {
  for (let at = start; at < end;) {
    if (end - at < attributeHeader) throw cutOff(`${name} attribute`, attributeHeader, end - at)
    const length = bytes.readUInt16LE(at)
    if (length < attributeHeader || at + length > end) throw cutOff(`${name} attribute`, length, end - at)
    yield {type: bytes.readUInt16LE(at + 2) & typeMask, at: at + attributeHeader, length: length - attributeHeader}
    at += aligned(length)
  }
}

function fixed(
  size: number,
  read: (bytes: Buffer, at: number) => number,
  write: (bytes: Buffer, at: number, value: number) => unknown,
): Fixed<number> {
  return {size, length: () => size, read, write: (bytes, at, value) => void write(bytes, at, value)}
}

function bytesOfIp(text: string): Buffer {
  const value = parseIp(text)
  if (!value.includes(':')) return Buffer.from(value.split('.').map(Number))
  const [head = '', tail] = value.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const after = groups(tail ?? '')
  const zeros = Array.from({length: 8 - groups(head).length - after.length}, () => '0')
  const all = [...groups(head), ...zeros, ...after]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function malformed(sentence: string): AntctlError {
  return new AntctlError('MACHINE', `malformed netlink: ${sentence}`)
}
