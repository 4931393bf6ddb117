import {isIPv4, isIPv6} from 'node:net'
import {parseIp} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {reservedPorts} from './messages.ts'

/** How a field's bytes are written as text. `mask` undefined: every bit counts. */
export interface ValueKind {
  parse(text: string, size: number): Buffer
  print(value: Buffer): string
  parseMask?(text: string, size: number): Buffer
  printMask?(mask: Buffer): string
  /** Value and mask in one text of its own, where "VALUE/MASK" is not how it is written. */
  readonly whole?: {
    parse(text: string): {value: Buffer; mask: Buffer} | undefined
    print(value: Buffer, mask: Buffer): string
  }
}

const isZero = (byte: number): boolean => byte === 0

export const hex: ValueKind = {
  parse: number,
  print(value) {
    if (value.length > 6) return value.every(isZero) ? '0' : `0x${value.toString('hex').replace(/^0+/u, '')}`
    const small = value.readUIntBE(0, value.length)
    return small === 0 ? '0' : `0x${small.toString(16)}`
  },
}

/** Decimal alone, hexadecimal with a mask, as ovs-ofctl. */
export const decimal: ValueKind = {
  parse: number,
  print: (value) => String(value.length > 6 ? BigInt(`0x${value.toString('hex')}`) : value.readUIntBE(0, value.length)),
  printMask: hex.print,
}

export const etherType: ValueKind = {parse: number, print: (value) => `0x${value.toString('hex')}`}

const hexOctets = Array.from({length: 256}, (_, octet) => octet.toString(16).padStart(2, '0'))

export const mac: ValueKind = {
  parse(text) {
    if (!/^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/iu.test(text)) throw unreadable(text, 'a MAC address')
    return Buffer.from(text.split(':').map((octet) => Number.parseInt(octet, 16)))
  },
  print: (value) => Array.from(value, (octet) => hexOctets[octet]).join(':'),
}

export const ipv4: ValueKind = {
  parse(text) {
    if (!isIPv4(text)) throw unreadable(text, 'an IPv4 address')
    return Buffer.from(text.split('.').map(Number))
  },
  print: (value) => `${value[0]}.${value[1]}.${value[2]}.${value[3]}`,
  parseMask: (text, size) => prefixMask(text, size) ?? ipv4.parse(text, size),
  printMask: (mask) => prefixOf(mask) ?? ipv4.print(mask),
}

export const ipv6: ValueKind = {
  parse(text) {
    if (!isIPv6(text) || text.includes('%')) throw unreadable(text, 'an IPv6 address')
    const [head = '', tail] = parseIp(text).split('::')
    const before = head === '' ? [] : head.split(':')
    const after = tail === undefined || tail === '' ? [] : tail.split(':')
    const zeros = Array.from({length: 8 - before.length - after.length}, () => '0')
    return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
  },
  print: (value) => parseIp((value.toString('hex').match(/.{4}/gu) ?? []).join(':')),
  parseMask: (text, size) => prefixMask(text, size) ?? ipv6.parse(text, size),
  printMask: (mask) => prefixOf(mask) ?? ipv6.print(mask),
}

const portNumbers = new Map<string, number>(Object.entries(reservedPorts))
const portNames = new Map([...portNumbers].map(([name, port]) => [port, name]))

export const port: ValueKind = {
  parse(text) {
    const reserved = portNumbers.get(text.toUpperCase())
    return number(reserved === undefined ? text : String(reserved), 4)
  },
  print(value) {
    const ofport = value.readUInt32BE(0)
    return portNames.get(ofport) ?? String(ofport)
  },
}

/** Nicira's 16-bit port numbers (OpenFlow 1.0): the reserved ones keep their lower half. */
export const port16: ValueKind = {
  parse(text) {
    const reserved = portNumbers.get(text.toUpperCase())
    return number(reserved === undefined ? text : String(reserved & 0xffff), 2)
  },
  print(value) {
    const ofport = value.readUInt16BE(0)
    return (ofport < 0xff00 ? undefined : portNames.get((ofport | 0xffff_0000) >>> 0)) ?? String(ofport)
  },
}

/** (NAMESPACE,TYPE) of OpenFlow 1.5.1 §7.2.3.11. */
export const packetType: ValueKind = {
  parse(text) {
    const [, space, type] = /^\((\w+),(\w+)\)$/u.exec(text) ?? []
    if (space === undefined || type === undefined) throw unreadable(text, '(NAMESPACE,TYPE), for example (1,0x800)')
    return Buffer.concat([number(space, 2), number(type, 2)])
  },
  print: (value) => `(${value.readUInt16BE(0)},${hex.print(value.subarray(2))})`,
}

/** Hexadecimal with all its digits, mask too. */
export function wideHex(digits: number): ValueKind {
  return {
    parse: number,
    print: (value) => `0x${value.readUIntBE(0, value.length).toString(16).padStart(digits, '0')}`,
  }
}

/** enum nx_ip_frag_bits: 1 is any fragment, 2 one that is not the first. */
const fragments = {no: [0, 3], yes: [1, 1], first: [1, 3], later: [3, 3], not_later: [0, 2]} as const
export const fragment: ValueKind = {
  ...hex,
  print: (value) => fragment.whole?.print(value, Buffer.from([3])) ?? hex.print(value),
  whole: {
    parse(text) {
      const row = Object.entries(fragments).find(([name]) => name === text)?.[1]
      // All that can be said is the whole byte on the wire.
      return row && {value: Buffer.from([row[0]]), mask: Buffer.from([row[1] === 3 ? 0xff : row[1]])}
    },
    print(value, mask) {
      const [bits, counted] = [value.readUInt8(0), mask.readUInt8(0) & 3]
      const row = Object.entries(fragments).find(([, [want, wanted]]) => want === bits && wanted === counted)
      return row?.[0] ?? `${hex.print(value)}/${hex.print(mask)}`
    },
  },
}

/** The six upper bits of the TOS octet are on the wire, the octet in the text. */
export const tos: ValueKind = {
  parse: (text) => Buffer.from([number(text, 1).readUInt8(0) >> 2]),
  print: (value) => String(value.readUInt8(0) << 2),
}

interface FlagStyle {
  /** Printed with signs always. */
  readonly signed?: boolean
  /** How many flags a packet can have, with and without a name. */
  readonly bits?: number
  /** The mask of "these and no others". */
  readonly whole?: number
}

/** Bit flags by name: "+trk-new" says which must be set and which clear; "trk|est" that these are set and no others. */
export function flags(
  size: number,
  names: readonly string[],
  {signed = false, bits: width = names.length, whole = 2 ** width - 1}: FlagStyle = {},
): ValueKind {
  const all = 2 ** width - 1
  const isSet =
    (bits: number) =>
    (_: string, index: number): boolean =>
      ((bits >>> index) & 1) === 1
  const printAll = (bits: number): string => {
    if (bits === 0) return '0'
    return bits >>> names.length === 0 ? names.filter(isSet(bits)).join('|') : `0x${bits.toString(16)}`
  }
  return {
    ...hex,
    print: (value) => printAll(value.readUIntBE(0, size)),
    whole: {
      parse(text) {
        const perFlag = /^(?:[+-][a-z]+)+$/u.test(text)
        if (/^(?:0x[0-9a-f]+|\d+)$/iu.test(text)) return {value: number(text, size), mask: number(String(whole), size)}
        if (!perFlag && !/^[a-z]+(?:\|[a-z]+)*$/u.test(text)) return undefined
        let [value, mask] = [0, perFlag ? 0 : whole]
        for (const [, sign, name = ''] of text.matchAll(/([+-]?)([a-z]+)/gu)) {
          const index = names.indexOf(name)
          if (index < 0) throw unreadable(name, `one of ${names.join(', ')}`)
          mask |= 1 << index
          if (sign !== '-') value |= 1 << index
        }
        return {value: number(String(value), size), mask: number(String(mask), size)}
      },
      print(value, mask) {
        const [bits, counted] = [value.readUIntBE(0, size), mask.readUIntBE(0, size)]
        if (counted === all && !signed) return printAll(bits)
        if (counted >>> names.length !== 0) return `${hex.print(value)}/${hex.print(mask)}`
        return names
          .map((name, index) => ((counted >>> index) & 1 ? `${isSet(bits)(name, index) ? '+' : '-'}${name}` : ''))
          .join('')
      },
    },
  }
}

/** Decimal or 0x-hexadecimal, as much as `size` bytes hold (up to six). */
export function readNumber(text: string, size: number): number {
  return number(text, size).readUIntBE(0, size)
}

/** Decimal or 0x-hexadecimal into `size` bytes. */
function number(text: string, size: number): Buffer {
  if (!/^(?:0x[0-9a-f]+|\d+)$/iu.test(text)) throw unreadable(text, 'a number')
  const digits = BigInt(text).toString(16)
  if (digits.length > size * 2) throw unreadable(text, `a number of ${size * 8} bits`)
  return Buffer.from(digits.padStart(size * 2, '0'), 'hex')
}

/** "24" → ff.ff.ff.00; undefined when the text is no prefix length. */
function prefixMask(text: string, size: number): Buffer | undefined {
  if (!/^\d{1,3}$/u.test(text)) return undefined
  const prefix = Number(text)
  if (prefix > size * 8) throw unreadable(text, `a prefix length up to ${size * 8}`)
  return Buffer.from(
    Array.from({length: size}, (_, index) => (0xff00 >> Math.max(0, Math.min(8, prefix - index * 8))) & 0xff),
  )
}

function prefixOf(mask: Buffer): string | undefined {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const prefix = bits.indexOf('0')
  return bits.includes('1', prefix) ? undefined : String(prefix)
}

export function unreadable(text: string, wanted: string): AntctlError {
  return new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} is not ${wanted}`)
}
