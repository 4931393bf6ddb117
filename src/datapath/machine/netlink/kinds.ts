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
  read(bytes: Buffer, at: number, length: number): T
  /** Tells where it ended. */
  write(bytes: Buffer, at: number, value: G): number
}
export type Fixed<T> = Kind<T> & {readonly size: number}

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
  read: (bytes, at, length) => {
    const end = bytes.indexOf(0, at)
    return bytes.toString('utf8', at, end === -1 || end > at + length ? at + length : end)
  },
  write: (bytes, at, value) => at + bytes.write(`${value}\0`, at),
}

export const octets: Kind<Buffer> = {
  read: (bytes, at, length) => bytes.subarray(at, at + length),
  write: (bytes, at, value) => at + value.copy(bytes, at),
}

/** Four bytes or sixteen. Written from text, which must be an address. */
export const ip: Kind<Ip, string> = {
  read: (bytes, at, length) => {
    if (length === 4) return parseIp(`${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`)
    if (length !== 16) throw malformed(`an address has ${length} bytes`)
    const hex = bytes.toString('hex', at, at + length)
    return parseIp(hex.match(/.{4}/gu)?.join(':') ?? '')
  },
  write: (bytes, at, value) => {
    const address = parseIp(value)
    if (address.includes(':')) return at + bytesOfIpv6(address).copy(bytes, at)
    let end = at
    for (const octet of address.split('.')) bytes[end++] = Number(octet)
    return end
  },
}

/** undefined for a link layer address that is not Ethernet's: the kernel has those of four and of sixteen bytes too. */
export const mac: Kind<Mac | undefined, Mac> = {
  read: (bytes, at, length) =>
    length === 6
      ? parseMac(
          bytes
            .toString('hex', at, at + 6)
            .match(/../gu)
            ?.join(':') ?? '',
        )
      : undefined,
  write: (bytes, at, value) => at + bytesOfMac(value).copy(bytes, at),
}

export function cutOff(name: string, wanted: number, got: number): AntctlError {
  return malformed(`${name} is cut off: ${wanted} bytes expected, ${got} are there`)
}

export function bytesOfMac(value: Mac): Buffer {
  return Buffer.from(value.replaceAll(':', ''), 'hex')
}

function fixed(
  size: number,
  read: (bytes: Buffer, at: number) => number,
  write: (bytes: Buffer, at: number, value: number) => number,
): Fixed<number> {
  return {size, read, write}
}

function bytesOfIpv6(value: Ip): Buffer {
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
