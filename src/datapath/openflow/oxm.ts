import {decimal, etherType, flags, hex, ipv4, ipv6, mac, port, tos, type ValueKind} from './values.ts'

/**
 * A field that a packet can be matched by or that an action can read or set: OpenFlow 1.5.1 §7.2.3 and ovs-fields(7).
 * Matching, setting, moving and printing all read this row.
 */
export interface PacketField {
  /** As set_field prints it. */
  readonly name: string
  /** As a match prints it, where that differs. */
  readonly inMatch: string
  /** As move and output print it. */
  readonly inMove: string
  readonly oxmClass: number
  readonly number: number
  readonly bytes: number
  readonly kind: ValueKind
  readonly aliases: readonly string[]
}

const openflowBasic = 0x8000
const nicira = 0x0001
const packetRegisters = 0x8001

const ctStates = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat']
const tcpFlags = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns']

/** In the order in which ovs-ofctl prints a match. The protocol's own word stands after the ct_ fields. */
export const packetFields: readonly PacketField[] = [
  row('conj_id', 'NXM_NX_CONJ_ID', nicira, 37, 4, decimal),
  row('pkt_mark', 'NXM_NX_PKT_MARK', nicira, 33, 4, hex),
  row('ct_state', 'NXM_NX_CT_STATE', nicira, 105, 4, flags(4, ctStates)),
  row('ct_zone', 'NXM_NX_CT_ZONE', nicira, 106, 2, decimal),
  row('ct_mark', 'NXM_NX_CT_MARK', nicira, 107, 4, hex),
  row('ct_label', 'NXM_NX_CT_LABEL', nicira, 108, 16, hex),
  ...Array.from({length: 16}, (_, index) => row(`reg${index}`, `NXM_NX_REG${index}`, nicira, index, 4, hex)),
  ...Array.from({length: 8}, (_, index) =>
    row(`xreg${index}`, `OXM_OF_PKT_REG${index}`, packetRegisters, index, 8, hex),
  ),
  ...Array.from({length: 4}, (_, index) => row(`xxreg${index}`, `NXM_NX_XXREG${index}`, nicira, 111 + index, 16, hex)),
  row('tun_id', 'NXM_NX_TUN_ID', openflowBasic, 38, 8, hex, {aliases: ['tunnel_id']}),
  row('tun_src', 'NXM_NX_TUN_IPV4_SRC', nicira, 31, 4, ipv4),
  row('tun_dst', 'NXM_NX_TUN_IPV4_DST', nicira, 32, 4, ipv4),
  row('tun_ipv6_src', 'NXM_NX_TUN_IPV6_SRC', nicira, 109, 16, ipv6),
  row('tun_ipv6_dst', 'NXM_NX_TUN_IPV6_DST', nicira, 110, 16, ipv6),
  row('metadata', 'OXM_OF_METADATA', openflowBasic, 2, 8, hex),
  row('in_port', 'OXM_OF_IN_PORT', openflowBasic, 0, 4, port),
  row('eth_src', 'NXM_OF_ETH_SRC', openflowBasic, 4, 6, mac, {inMatch: 'dl_src'}),
  row('eth_dst', 'NXM_OF_ETH_DST', openflowBasic, 3, 6, mac, {inMatch: 'dl_dst'}),
  row('eth_type', 'NXM_OF_ETH_TYPE', openflowBasic, 5, 2, etherType, {inMatch: 'dl_type'}),
  row('ip_src', 'NXM_OF_IP_SRC', openflowBasic, 11, 4, ipv4, {inMatch: 'nw_src'}),
  row('ip_dst', 'NXM_OF_IP_DST', openflowBasic, 12, 4, ipv4, {inMatch: 'nw_dst'}),
  row('ipv6_src', 'NXM_NX_IPV6_SRC', openflowBasic, 26, 16, ipv6),
  row('ipv6_dst', 'NXM_NX_IPV6_DST', openflowBasic, 27, 16, ipv6),
  row('arp_spa', 'NXM_OF_ARP_SPA', openflowBasic, 22, 4, ipv4),
  row('arp_tpa', 'NXM_OF_ARP_TPA', openflowBasic, 23, 4, ipv4),
  row('nw_proto', 'NXM_OF_IP_PROTO', openflowBasic, 10, 1, decimal, {aliases: ['ip_proto']}),
  row('arp_op', 'NXM_OF_ARP_OP', openflowBasic, 21, 2, decimal),
  row('arp_sha', 'NXM_NX_ARP_SHA', openflowBasic, 24, 6, mac),
  row('arp_tha', 'NXM_NX_ARP_THA', openflowBasic, 25, 6, mac),
  row('nw_tos', 'NXM_OF_IP_TOS', openflowBasic, 8, 1, tos, {aliases: ['ip_dscp']}),
  row('nw_ecn', 'NXM_NX_IP_ECN', openflowBasic, 9, 1, decimal, {aliases: ['ip_ecn']}),
  row('nw_ttl', 'NXM_NX_IP_TTL', nicira, 29, 1, decimal, {aliases: ['ip_ttl']}),
  row('icmp_type', 'NXM_OF_ICMP_TYPE', openflowBasic, 19, 1, decimal),
  row('icmp_code', 'NXM_OF_ICMP_CODE', openflowBasic, 20, 1, decimal),
  row('icmpv6_type', 'NXM_NX_ICMPV6_TYPE', openflowBasic, 29, 1, decimal, {inMatch: 'icmp_type'}),
  row('icmpv6_code', 'NXM_NX_ICMPV6_CODE', openflowBasic, 30, 1, decimal, {inMatch: 'icmp_code'}),
  row('nd_target', 'NXM_NX_ND_TARGET', openflowBasic, 31, 16, ipv6),
  row('nd_sll', 'NXM_NX_ND_SLL', openflowBasic, 32, 6, mac),
  row('nd_tll', 'NXM_NX_ND_TLL', openflowBasic, 33, 6, mac),
  row('tcp_src', 'NXM_OF_TCP_SRC', openflowBasic, 13, 2, decimal, {inMatch: 'tp_src'}),
  row('udp_src', 'NXM_OF_UDP_SRC', openflowBasic, 15, 2, decimal, {inMatch: 'tp_src'}),
  row('sctp_src', 'OXM_OF_SCTP_SRC', openflowBasic, 17, 2, decimal, {inMatch: 'tp_src'}),
  row('tcp_dst', 'NXM_OF_TCP_DST', openflowBasic, 14, 2, decimal, {inMatch: 'tp_dst'}),
  row('udp_dst', 'NXM_OF_UDP_DST', openflowBasic, 16, 2, decimal, {inMatch: 'tp_dst'}),
  row('sctp_dst', 'OXM_OF_SCTP_DST', openflowBasic, 18, 2, decimal, {inMatch: 'tp_dst'}),
  row('tcp_flags', 'NXM_NX_TCP_FLAGS', openflowBasic, 42, 2, flags(2, tcpFlags)),
]

/**
 * The order on the wire: what a field needs stands before it (§7.2.3.6), and for the rest as Open vSwitch sends it, so
 * that equal matches are equal bytes.
 */
const wireOrder =
  'conj_id in_port eth_src eth_dst eth_type ip_src ip_dst ipv6_src ipv6_dst nw_tos nw_ecn nw_ttl nw_proto ' +
  'icmp_type icmp_code icmpv6_type icmpv6_code nd_target nd_sll nd_tll tcp_src tcp_dst tcp_flags udp_src udp_dst ' +
  'sctp_src sctp_dst arp_op arp_spa arp_tpa arp_sha arp_tha tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst'
const named = wireOrder.split(' ')
const last = ['reg', 'xreg', 'xxreg', 'pkt_mark', 'ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'metadata']
const wirePlaces = new Map(
  packetFields.map((field, index) => {
    const place = named.indexOf(field.name)
    // Registers, and what is not named above, keep the order of their rows and come last.
    const kind = place >= 0 ? place : named.length + last.findIndex((start) => field.name.startsWith(start))
    return [field, kind * packetFields.length + index]
  }),
)

/** Sort fields by it before they go out. */
export function placeOnWire(field: PacketField): number {
  return wirePlaces.get(field) ?? 0
}

/** ovs-fields(7), "shorthand": a word that stands for an Ethernet type, and perhaps an IP protocol. */
export const protocolWords: Readonly<Record<string, {readonly etherType: number; readonly ipProtocol?: number}>> = {
  ip: {etherType: 0x0800},
  icmp: {etherType: 0x0800, ipProtocol: 1},
  tcp: {etherType: 0x0800, ipProtocol: 6},
  udp: {etherType: 0x0800, ipProtocol: 17},
  sctp: {etherType: 0x0800, ipProtocol: 132},
  ipv6: {etherType: 0x86dd},
  icmp6: {etherType: 0x86dd, ipProtocol: 58},
  tcp6: {etherType: 0x86dd, ipProtocol: 6},
  udp6: {etherType: 0x86dd, ipProtocol: 17},
  sctp6: {etherType: 0x86dd, ipProtocol: 132},
  arp: {etherType: 0x0806},
  rarp: {etherType: 0x8035},
}

/** By IP protocol: what a match's tp_src, tp_dst, icmp_type and icmp_code mean. */
export const transportPrefixes: Readonly<Record<number, string>> = {
  1: 'icmp_',
  6: 'tcp_',
  17: 'udp_',
  58: 'icmpv6_',
  132: 'sctp_',
}

const byName = new Map(
  packetFields.flatMap((field) =>
    [field.name, field.inMove, ...field.aliases].map((name) => [name.toLowerCase(), field]),
  ),
)
const byNumber = new Map(packetFields.map((field) => [(field.oxmClass << 8) | field.number, field]))

/** By any of its names; case does not matter. */
export function fieldByName(name: string): PacketField | undefined {
  return byName.get(name.toLowerCase())
}

/** By the four bytes that stand before its value: class, number and a bit for "a mask follows", length. */
export function fieldByHeader(oxm: number): PacketField | undefined {
  return byNumber.get(((oxm >>> 16) << 8) | ((oxm >>> 9) & 0x7f))
}

export function headerOf(field: PacketField, form: 'exact' | 'masked'): number {
  const [bit, length] = form === 'masked' ? [1, field.bytes * 2] : [0, field.bytes]
  return ((field.oxmClass << 16) | (field.number << 9) | (bit << 8) | length) >>> 0
}

function row(
  name: string,
  inMove: string,
  oxmClass: number,
  number: number,
  bytes: number,
  kind: ValueKind,
  {inMatch = name, aliases = []}: {readonly inMatch?: string; readonly aliases?: readonly string[]} = {},
): PacketField {
  const more = inMatch === name || inMatch.startsWith('tp_') || inMatch.startsWith('icmp_') ? [] : [inMatch]
  return {name, inMatch, inMove, oxmClass, number, bytes, kind, aliases: [...aliases, ...more]}
}
