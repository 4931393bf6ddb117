import {trafficModes, type TrafficMode} from './traffic-mode.ts'

/**
 * Kinds of tunnel between Nodes. `port` is the UDP port that is sent to when tunnelPort is 0; gre is IP protocol 47.
 * `headers`: bytes before the inner IP packet over IPv4: outer IP 20, then UDP 8 + Geneve 8 (RFC 8926, no options) or
 * VXLAN 8 (RFC 7348), or GRE 4 + key 4 (RFC 2890); and the inner Ethernet's 14. `checksum`: bytes more with tunnelCsum:
 * UDP has its field anyway, GRE gets 4 (RFC 2784).
 */
export const tunnelTypes = {
  geneve: {port: 6081, headers: 50, checksum: 0},
  vxlan: {port: 4789, headers: 50, checksum: 0},
  gre: {port: undefined, headers: 42, checksum: 4},
} as const
export type TunnelType = keyof typeof tunnelTypes

export const tunnelTypeNames = Object.keys(tunnelTypes).filter(isTunnelType)

export function isTunnelType(name: string): name is TunnelType {
  return Object.hasOwn(tunnelTypes, name)
}

/** How packets travel in the tunnel. */
export interface TunnelForm {
  readonly type: TunnelType
  /** UDP; undefined: gre has none. */
  readonly port: number | undefined
  readonly csum: boolean
}

/** A port of br-int that sends and receives tunnelled packets. */
export interface TunnelEnd extends TunnelForm {
  readonly name: string
  readonly ofport: number
}

/** Ends of one kind understand each other, with checksum or without. */
export function tunnelKind({type, port}: TunnelForm): string {
  return port === undefined ? type : `${type}:${port}`
}

/** An IPv6 header is so much longer than an IPv4 header. */
const ipv6Extra = 20

/** What is known of the outside of a tunnelled packet. */
export interface Outside {
  readonly mode: TrafficMode
  readonly tunnelType: TunnelType
  readonly tunnelCsum: boolean
  /** Families of the transport addresses: one of IPv6 counts for all, as upstream. */
  readonly outer: readonly (4 | 6)[]
}

/** Bytes of the transport interface's MTU that Pods may not use; hybrid keeps as much free as encap. */
export function headroom({mode, tunnelType, tunnelCsum, outer}: Outside): number {
  if (trafficModes[mode].tunnels === 'never') return 0
  const {headers, checksum} = tunnelTypes[tunnelType]
  return headers + (tunnelCsum ? checksum : 0) + (outer.includes(6) ? ipv6Extra : 0)
}

/** Bytes of an IP packet that a Pod may send. `defaultMTU` 0: what the transport interface leaves. */
export function podMtu(
  outside: Outside,
  {mtu, defaultMTU}: {readonly mtu: number; readonly defaultMTU: number},
): number {
  return defaultMTU === 0 ? mtu - headroom(outside) : defaultMTU
}

/** What every host of a family must take: RFC 791 and RFC 8200. */
export function leastMtu(families: readonly (4 | 6)[]): number {
  return families.includes(6) ? 1280 : 576
}

/** The UDP port that tunnelled packets are sent to; undefined: the tunnel has none. */
export function tunnelPortOf(tunnelType: TunnelType, tunnelPort: number): number | undefined {
  const {port} = tunnelTypes[tunnelType]
  return port === undefined || tunnelPort === 0 ? port : tunnelPort
}
