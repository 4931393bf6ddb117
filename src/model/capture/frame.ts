import {type Ip, parseIp} from '../address.ts'
import {captureProtocols, type PacketFilter} from './wish.ts'

/** What an Ethernet frame carries: of a tunnel's packet the one inside. */
export interface Packet {
  /** Of the tunnel's own packet. */
  readonly outer?: {readonly source: Ip; readonly destination: Ip}
  readonly source: Ip
  readonly destination: Ip
  /** IP's number. */
  readonly protocol: number
  /** TCP, UDP and SCTP; a later piece of a packet has none. */
  readonly ports?: {readonly source: number; readonly destination: number}
  readonly icmp?: {readonly type: number; readonly code: number}
  readonly ttl: number
  /** TCP's. */
  readonly flags?: number
}

/** Ports that Open vSwitch's tunnels use: RFC 8926 and RFC 7348. */
export const tunnelPorts = {geneve: 6081, vxlan: 4789} as const

/** undefined: it is no IPv4, or too little of it is there. Source: RFC 791, 768, 9293, 792. */
export function readFrame(frame: Buffer): Packet | undefined {
  const at = payloadOf(frame, 0)
  const packet = at === undefined ? undefined : readPacket(frame, at)
  if (packet === undefined) return undefined
  const inner = packet.inside === undefined ? undefined : payloadOf(frame, packet.inside)
  const carried = inner === undefined ? undefined : readPacket(frame, inner)
  const {inside: _inside, ...plain} = packet
  if (carried === undefined) return plain
  const {inside: _deeper, ...found} = carried
  return {...found, outer: {source: plain.source, destination: plain.destination}}
}

const ethernetHeader = 14
const ipv4 = 0x0800
const vlan = 0x8100

/** Where the IPv4 packet of the frame at `at` begins. */
function payloadOf(frame: Buffer, at: number): number | undefined {
  if (frame.length < at + ethernetHeader + 4) return undefined
  const type = frame.readUInt16BE(at + 12)
  if (type === ipv4) return at + ethernetHeader
  return type === vlan && frame.readUInt16BE(at + 16) === ipv4 ? at + ethernetHeader + 4 : undefined
}

function readPacket(frame: Buffer, at: number): (Packet & {readonly inside?: number}) | undefined {
  if (frame.length < at + 20 || frame.readUInt8(at) >> 4 !== 4) return undefined
  const start = at + (frame.readUInt8(at) & 0xf) * 4
  const protocol = frame.readUInt8(at + 9)
  const plain = {
    source: addressAt(frame, at + 12),
    destination: addressAt(frame, at + 16),
    protocol,
    ttl: frame.readUInt8(at + 8),
  }
  const isLaterPiece = (frame.readUInt16BE(at + 6) & 0x1fff) !== 0
  if (isLaterPiece || frame.length < start + 8) return plain
  if (protocol === captureProtocols.icmp)
    return {...plain, icmp: {type: frame.readUInt8(start), code: frame.readUInt8(start + 1)}}
  if (protocol === greNumber) return withInside(plain, greEnd(frame, start))
  if (!withPorts.has(protocol)) return plain
  const ports = {source: frame.readUInt16BE(start), destination: frame.readUInt16BE(start + 2)}
  if (protocol === captureProtocols.tcp && frame.length >= start + 14)
    return {...plain, ports, flags: frame.readUInt8(start + 13)}
  return withInside({...plain, ports}, protocol === captureProtocols.udp ? tunnelEnd(frame, start, ports) : undefined)
}

function withInside(packet: Packet, inside: number | undefined): Packet & {readonly inside?: number} {
  return inside === undefined ? packet : {...packet, inside}
}

const withPorts: ReadonlySet<number> = new Set([captureProtocols.tcp, captureProtocols.udp, captureProtocols.sctp])
const greNumber = 47

/** RFC 8926 §3.4: options in words of four bytes; RFC 7348 §5 has none. */
function tunnelEnd(frame: Buffer, start: number, {destination}: {readonly destination: number}): number | undefined {
  if (destination === tunnelPorts.vxlan) return start + 16
  if (destination !== tunnelPorts.geneve || frame.length < start + 9) return undefined
  return start + 16 + (frame.readUInt8(start + 8) & 0x3f) * 4
}

/** RFC 2784 and 2890: Ethernet inside, after as many words as bits say. */
function greEnd(frame: Buffer, start: number): number | undefined {
  if (frame.readUInt16BE(start + 2) !== 0x6558) return undefined
  const bits = frame.readUInt8(start)
  return start + 4 + [0x80, 0x20, 0x10].filter((bit) => (bits & bit) !== 0).length * 4
}

function addressAt(frame: Buffer, at: number): Ip {
  return parseIp(frame.subarray(at, at + 4).join('.'))
}

/** Is it one of those that are wanted? Pieces without ports go with their addresses. */
export function fits(frame: Buffer, filter: PacketFilter): boolean {
  const packet = readFrame(frame)
  if (packet === undefined) return false
  const {source, destination, bothWays, protocol, port, marked} = filter
  const {ports} = packet
  if (protocol !== undefined && packet.protocol !== captureProtocols[protocol]) return false
  if (marked !== undefined)
    return ports?.destination === marked.answerPort || frame.includes(Buffer.from(marked.mark, 'hex'))
  const isFrom = (list: readonly Ip[], ip: Ip) => list.length === 0 || list.includes(ip)
  const isTo = (number: number | undefined) => port === undefined || number === undefined || number === port
  const there = isFrom(source, packet.source) && isFrom(destination, packet.destination) && isTo(ports?.destination)
  const back =
    bothWays && isFrom(source, packet.destination) && isFrom(destination, packet.source) && isTo(ports?.source)
  return there || back
}
