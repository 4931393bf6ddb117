import {isIPv4, isIPv6} from 'node:net'
import {AntctlError} from './errors.ts'

/** Canonical text: dotted quad (RFC 1123) or RFC 5952. Two equal addresses are equal strings. */
export type Ipv4 = string & {readonly '#ipv4': true}
export type Ipv6 = string & {readonly '#ipv6': true}
export type Ip = Ipv4 | Ipv6
/** Network with its prefix length; host bits are zero. */
export type Cidr = string & {readonly '#cidr': true}
/** Six lower-case octets with colons. */
export type Mac = string & {readonly '#mac': true}
/** An address of an interface together with its prefix length, host bits kept. */
export interface InterfaceAddress {
  readonly ip: Ip
  readonly prefix: number
}

export function parseIp(text: string): Ip {
  if (isIPv4(text)) return text as Ipv4
  if (isIPv6(text) && !text.includes('%')) return new URL(`http://[${text}]`).hostname.slice(1, -1) as Ipv6
  throw new AntctlError('ADDRESS_INVALID', `${JSON.stringify(text)} is not an IP address`)
}

export function parseCidr(text: string): Cidr {
  const {ip, prefix} = parseInterfaceAddress(text)
  return networkOf(ip, prefix)
}

/** "172.30.1.11/24" with its host bits. */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const match = /^([^/]+)\/(\d{1,3})$/u.exec(text)
  const [address, digits] = [match?.[1], match?.[2]]
  if (address === undefined || digits === undefined) throw invalidCidr(text)
  const ip = parseIp(address)
  const prefix = Number(digits)
  if (prefix > bitsOf(ip)) throw invalidCidr(text)
  return {ip, prefix}
}

export function parseMac(text: string): Mac {
  if (!/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/iu.test(text)) {
    throw new AntctlError('ADDRESS_INVALID', `${JSON.stringify(text)} is not a MAC address`)
  }
  return text.toLowerCase() as Mac
}

export function isIpText(text: string): boolean {
  return isIPv4(text) || isIPv6(text)
}

export function familyOf(address: Ip | Cidr): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

export function networkOf(ip: Ip, prefix: number): Cidr {
  if (familyOf(ip) === 4) return `${fromNumber(networkNumber(ip, prefix))}/${prefix}` as Cidr
  const free = BigInt(bitsOf(ip) - prefix)
  return `${fromBigInt((toBigInt(ip) >> free) << free, familyOf(ip))}/${prefix}` as Cidr
}

export function contains(cidr: Cidr, ip: Ip): boolean {
  if (familyOf(cidr) !== familyOf(ip)) return false
  const [base, prefix] = [baseOf(cidr), prefixOf(cidr)]
  return familyOf(ip) === 4 ? networkNumber(ip, prefix) === toNumber(base) : networkOf(ip, prefix) === cidr
}

export function prefixOf(cidr: Cidr): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1))
}

export function baseOf(cidr: Cidr): Ip {
  return cidr.slice(0, cidr.indexOf('/')) as Ip
}

/** The address `index` places after the network's own; throws when the network is too small. */
export function addressAt(cidr: Cidr, index: number): Ip {
  const base = baseOf(cidr)
  if (BigInt(index) >= sizeOf(cidr)) throw new AntctlError('ADDRESS_INVALID', `${cidr} has no address number ${index}`)
  if (familyOf(base) === 4) return fromNumber(toNumber(base) + index)
  return fromBigInt(toBigInt(base) + BigInt(index), familyOf(base))
}

/** How many addresses the network holds, its own and the broadcast address included. */
export function sizeOf(cidr: Cidr): bigint {
  return 1n << BigInt(bitsOf(baseOf(cidr)) - prefixOf(cidr))
}

/** The MAC that an IPv4 Pod or gateway gets: locally administered, derived from the address so that it survives restarts. */
export function macFor(ip: Ip): Mac {
  const low = toBigInt(ip) & 0xffff_ffffn
  return `0a:58:${low.toString(16).padStart(8, '0').match(/../gu)?.join(':')}` as Mac
}

/** The address that hands on packets of a podCIDR: its first host (antrea-gw0's). */
export function gatewayOf(podCidr: Cidr): Ip {
  return addressAt(podCidr, 1)
}

export function toBigInt(ip: Ip): bigint {
  if (familyOf(ip) === 4) return BigInt(toNumber(ip))
  return BigInt(`0x${groupsOf(ip).join('')}`)
}

/** An IPv4 address as a number below 2^32: thousands of peers are compared, which BigInt makes twenty times slower. */
function toNumber(ip: Ip): number {
  let [number, part] = [0, 0]
  for (let at = 0; at < ip.length; at++) {
    const code = ip.charCodeAt(at)
    if (code === dot) {
      number = number * 256 + part
      part = 0
    } else part = part * 10 + code - zero
  }
  return number * 256 + part
}

const [zero, dot] = [48, 46]

function networkNumber(ip: Ip, prefix: number): number {
  const number = toNumber(ip)
  return number - (number % 2 ** (32 - prefix))
}

function fromNumber(value: number): Ip {
  return `${Math.floor(value / 0x100_0000)}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ipv4
}

function fromBigInt(value: bigint, family: 4 | 6): Ip {
  if (family === 4) return fromNumber(Number(value))
  const groups = value.toString(16).padStart(32, '0').match(/.{4}/gu) ?? []
  return parseIp(groups.join(':'))
}

function groupsOf(ip: Ip): string[] {
  const [head = '', tail] = ip.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({length: 8 - before.length - after.length}, () => '0')
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'))
}

/** How long an address is. */
export function bitsOf(ip: Ip): number {
  return familyOf(ip) === 4 ? 32 : 128
}

function invalidCidr(text: string): AntctlError {
  return new AntctlError('ADDRESS_INVALID', `${JSON.stringify(text)} is not a network in CIDR notation`, {
    remedy: ['write it as ADDRESS/PREFIX, for example 10.244.1.0/24'],
  })
}
