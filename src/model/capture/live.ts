import {type Ip, isIpText, parseIp} from '../address.ts'
import {AntctlError} from '../errors.ts'
import type {PodName} from '../pod.ts'
import {type CaptureProtocol, protocolOf} from './wish.ts'

/** GET /capture/v1/send: one packet, sent by the kernel of the Pod's network or of the Node's, as a program there would send it. */
export interface LivePacket {
  /** Absent: the Node itself sends. */
  readonly pod?: PodName
  readonly destination: Ip
  readonly protocol: Exclude<CaptureProtocol, 'sctp'>
  /** Of ICMP: its identifier. */
  readonly sourcePort: number
  /** ICMP has none. */
  readonly destinationPort?: number
  /** What it carries, and is known by wherever it comes: 32 hexadecimal digits. */
  readonly mark: string
}

export interface LiveSent {
  readonly source: string
  readonly destination: string
  /** Of the whole packet. */
  readonly bytes: number
}

export function liveQuery(packet: LivePacket): Readonly<Record<string, string | undefined>> {
  const {pod, destination, protocol, sourcePort, destinationPort, mark} = packet
  return {
    pod: pod === undefined ? undefined : `${pod.namespace}/${pod.name}`,
    destination,
    protocol,
    sport: String(sourcePort),
    dport: destinationPort === undefined ? undefined : String(destinationPort),
    mark,
  }
}

/** The same, from whoever asks; throws USAGE. */
export function parseLiveQuery(query: URLSearchParams): LivePacket {
  const text = (name: string) => query.get(name) ?? ''
  const pod = /^(?<namespace>[a-z0-9.-]{1,253})\/(?<name>[a-z0-9.-]{1,253})$/u.exec(text('pod'))?.groups
  if (query.has('pod') && pod === undefined) throw usage('pod must be NAMESPACE/POD')
  const destination = text('destination')
  if (!isIpText(destination) || destination.includes(':')) throw usage('destination must be an IPv4 address')
  const protocol = protocolOf(text('protocol'))
  if (protocol === 'sctp') throw usage('a packet of SCTP cannot be sent: choose tcp, udp or icmp')
  if (!/^[0-9a-f]{32}$/u.test(text('mark'))) throw usage('mark must be 32 hexadecimal digits')
  return {
    ...(pod !== undefined && {pod: {namespace: pod['namespace'] ?? '', name: pod['name'] ?? ''}}),
    destination: parseIp(destination),
    protocol,
    sourcePort: portIn(text('sport')),
    ...(protocol !== 'icmp' && {destinationPort: portIn(text('dport'))}),
    mark: text('mark'),
  }
}

function portIn(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw usage(`${JSON.stringify(text)} is no port`)
}

function usage(sentence: string): AntctlError {
  return new AntctlError('USAGE', sentence)
}
