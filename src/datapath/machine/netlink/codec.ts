import {cutOff, type Fixed, type Kind} from './kinds.ts'

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
  const write = (bytes: Buffer, start: number, given: object): number => {
    const values = given as Readonly<Record<string, never>>
    let at = start
    for (const [key, field] of fields) at = field.write(bytes, at, values[key] ?? 0)
    at = padded(bytes, at)
    for (const [key, [type, kind]] of known) {
      if (values[key] !== undefined) at = writeAttribute(bytes, at, type, kind, values[key])
    }
    return at
  }
  const read = (bytes: Buffer, start: number, size: number): Read<H, A> => {
    if (size < headerSize) throw cutOff(name, headerSize, size)
    const values: Record<string, unknown> = {}
    let at = start
    for (const [key, field] of fields) {
      values[key] = field.read(bytes, at, field.size)
      at += field.size
    }
    readAttributes(name, bytes, start + aligned(headerSize), start + size, (type, at, length) => {
      const row = byType.get(type)
      if (row === undefined) return
      const {key, kind} = row
      if (length < (kind.size ?? 0)) throw cutOff(`${name} ${key}`, kind.size ?? 0, length)
      values[key] = kind.read(bytes, at, length)
    })
    return values as Read<H, A>
  }
  return {
    nested: true,
    read,
    write,
    decode: (bytes) => read(bytes, 0, bytes.length),
    encode: (given) => Buffer.from(draft.subarray(0, write(draft, 0, given))),
  }
}

/** Attributes of one number, one after the other (nf_tables' lists: NFTA_LIST_ELEM is 1). */
export function list<T, G>(kind: Kind<T, G>, type = 1): Kind<readonly T[], readonly G[]> {
  return {
    nested: true,
    read: (bytes, start, size) => {
      const values: T[] = []
      readAttributes('list', bytes, start, start + size, (_, at, length) => values.push(kind.read(bytes, at, length)))
      return values
    },
    write: (bytes, start, values) => {
      let at = start
      for (const value of values) at = writeAttribute(bytes, at, type, kind, value)
      return at
    },
  }
}

/** Everything in netlink is aligned to four bytes. */
export function aligned(length: number): number {
  return (length + 3) & ~3
}

/** What is being encoded: larger than any attribute can be. */
const draft = Buffer.alloc(256 * 1024)

const attributeHeader = 4
/** NLA_F_NESTED; the bit below it (NLA_F_NET_BYTEORDER) is not part of the number either. */
const nestedFlag = 0x8000
const typeMask = 0x3fff

function writeAttribute<G>(bytes: Buffer, at: number, type: number, kind: Kind<unknown, G>, value: G): number {
  const end = kind.write(bytes, at + attributeHeader, value)
  bytes.writeUInt16LE(end - at, at)
  bytes.writeUInt16LE(kind.nested === true ? type | nestedFlag : type, at + 2)
  return padded(bytes, end)
}

/** Up to three zeros. */
function padded(bytes: Buffer, at: number): number {
  let end = at
  while (end % 4 !== 0) bytes[end++] = 0
  return end
}

function readAttributes(
  name: string,
  bytes: Buffer,
  start: number,
  end: number,
  read: (type: number, at: number, length: number) => void,
): void {
  for (let at = start; at < end;) {
    if (end - at < attributeHeader) throw cutOff(`${name} attribute`, attributeHeader, end - at)
    const length = bytes.readUInt16LE(at)
    if (length < attributeHeader || at + length > end) throw cutOff(`${name} attribute`, length, end - at)
    read(bytes.readUInt16LE(at + 2) & typeMask, at + attributeHeader, length - attributeHeader)
    at += aligned(length)
  }
}
