import {
  decimal,
  etherType,
  flags,
  fragment,
  hex,
  ipv4,
  ipv6,
  mac,
  packetType,
  port,
  port16,
  tos,
  type ValueKind,
  wideHex,
} from './values.ts'

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
  /** Class and number among Nicira's, which Nicira's own actions use; often the same. */
  readonly nicira: {readonly oxmClass: number; readonly number: number}
  readonly bytes: number
  /** How many of the bits in its bytes mean something. */
  readonly bits: number
  /** How a match says its values. */
  readonly kind: ValueKind
  /** How set_field and learn say them. */
  readonly kindInAction: ValueKind
  readonly aliases: readonly string[]
}

const [nxmOf, nxmNx, ericsson, oxmOf, packetRegisters] = [0x0000, 0x0001, 0x1000, 0x8000, 0x8001] as const

const ctStates = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat']
const tcpFlags = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns']

/** In the order in which ovs-ofctl prints a match. The protocol's own word stands before the registers. */
export const packetFields: readonly PacketField[] = [
  row('pkt_mark', 'NXM_NX_PKT_MARK', nxmNx, 33, 4, hex),
  row('recirc_id', 'NXM_NX_RECIRC_ID', nxmNx, 36, 4, hex),
  row('dp_hash', 'NXM_NX_DP_HASH', nxmNx, 35, 4, hex),
  row('conj_id', 'NXM_NX_CONJ_ID', nxmNx, 37, 4, decimal),
  row('actset_output', 'ONFOXM_ET_ACTSET_OUTPUT', oxmOf, 43, 4, port),
  row('ct_state', 'NXM_NX_CT_STATE', nxmNx, 105, 4, flags(4, ctStates)),
  row('ct_zone', 'NXM_NX_CT_ZONE', nxmNx, 106, 2, decimal, {kindInAction: hex}),
  row('ct_mark', 'NXM_NX_CT_MARK', nxmNx, 107, 4, hex),
  row('ct_label', 'NXM_NX_CT_LABEL', nxmNx, 108, 16, hex),
  row('ct_nw_src', 'NXM_NX_CT_NW_SRC', nxmNx, 120, 4, ipv4),
  row('ct_ipv6_src', 'NXM_NX_CT_IPV6_SRC', nxmNx, 122, 16, ipv6),
  row('ct_nw_dst', 'NXM_NX_CT_NW_DST', nxmNx, 121, 4, ipv4),
  row('ct_ipv6_dst', 'NXM_NX_CT_IPV6_DST', nxmNx, 123, 16, ipv6),
  row('ct_nw_proto', 'NXM_NX_CT_NW_PROTO', nxmNx, 119, 1, decimal),
  row('ct_tp_src', 'NXM_NX_CT_TP_SRC', nxmNx, 124, 2, decimal),
  row('ct_tp_dst', 'NXM_NX_CT_TP_DST', nxmNx, 125, 2, decimal),
  row('packet_type', 'OXM_OF_PACKET_TYPE', oxmOf, 44, 4, packetType),
  ...Array.from({length: 16}, (_, index) => row(`reg${index}`, `NXM_NX_REG${index}`, nxmNx, index, 4, hex)),
  ...Array.from({length: 8}, (_, index) =>
    row(`xreg${index}`, `OXM_OF_PKT_REG${index}`, packetRegisters, index, 8, hex),
  ),
  ...Array.from({length: 4}, (_, index) => row(`xxreg${index}`, `NXM_NX_XXREG${index}`, nxmNx, 111 + index, 16, hex)),
  row('tun_id', 'NXM_NX_TUN_ID', oxmOf, 38, 8, hex, {nxm: 16, aliases: ['tunnel_id']}),
  row('tun_src', 'NXM_NX_TUN_IPV4_SRC', nxmNx, 31, 4, ipv4),
  row('tun_dst', 'NXM_NX_TUN_IPV4_DST', nxmNx, 32, 4, ipv4),
  row('tun_ipv6_src', 'NXM_NX_TUN_IPV6_SRC', nxmNx, 109, 16, ipv6),
  row('tun_ipv6_dst', 'NXM_NX_TUN_IPV6_DST', nxmNx, 110, 16, ipv6),
  row('tun_gbp_id', 'NXM_NX_TUN_GBP_ID', nxmNx, 38, 2, decimal),
  row('tun_gbp_flags', 'NXM_NX_TUN_GBP_FLAGS', nxmNx, 39, 1, hex),
  row('tun_flags', 'NXM_NX_TUN_FLAGS', nxmNx, 104, 2, flags(2, ['oam'], {signed: true}), {
    bits: 1,
    kindInAction: flags(2, ['oam'], {whole: 0xffff}),
  }),
  row('metadata', 'OXM_OF_METADATA', oxmOf, 2, 8, hex),
  row('in_port_oxm', 'OXM_OF_IN_PORT', oxmOf, 0, 4, port, {inMatch: 'in_port'}),
  row('vlan_vid', 'OXM_OF_VLAN_VID', oxmOf, 6, 2, wideHex(4), {bits: 12, kindInAction: decimal}),
  row('vlan_pcp', 'OXM_OF_VLAN_PCP', oxmOf, 7, 1, decimal, {bits: 3}),
  row('eth_src', 'NXM_OF_ETH_SRC', oxmOf, 4, 6, mac, {nxm: 2, inMatch: 'dl_src'}),
  row('eth_dst', 'NXM_OF_ETH_DST', oxmOf, 3, 6, mac, {nxm: 1, inMatch: 'dl_dst'}),
  row('eth_type', 'NXM_OF_ETH_TYPE', oxmOf, 5, 2, etherType, {nxm: 3, inMatch: 'dl_type', kindInAction: hex}),
  row('ip_src', 'NXM_OF_IP_SRC', oxmOf, 11, 4, ipv4, {nxm: 7, inMatch: 'nw_src'}),
  row('ip_dst', 'NXM_OF_IP_DST', oxmOf, 12, 4, ipv4, {nxm: 8, inMatch: 'nw_dst'}),
  row('ipv6_src', 'NXM_NX_IPV6_SRC', oxmOf, 26, 16, ipv6, {nxm: 19}),
  row('ipv6_dst', 'NXM_NX_IPV6_DST', oxmOf, 27, 16, ipv6, {nxm: 20}),
  row('ipv6_label', 'NXM_NX_IPV6_LABEL', oxmOf, 28, 4, wideHex(5), {nxm: 27, bits: 20, kindInAction: hex}),
  row('arp_spa', 'NXM_OF_ARP_SPA', oxmOf, 22, 4, ipv4, {nxm: 16}),
  row('arp_tpa', 'NXM_OF_ARP_TPA', oxmOf, 23, 4, ipv4, {nxm: 17}),
  row('nw_proto', 'NXM_OF_IP_PROTO', oxmOf, 10, 1, decimal, {nxm: 6, aliases: ['ip_proto']}),
  row('arp_op', 'NXM_OF_ARP_OP', oxmOf, 21, 2, decimal, {nxm: 15}),
  row('arp_sha', 'NXM_NX_ARP_SHA', oxmOf, 24, 6, mac, {nxm: 17}),
  row('arp_tha', 'NXM_NX_ARP_THA', oxmOf, 25, 6, mac, {nxm: 18}),
  row('ip_dscp', 'OXM_OF_IP_DSCP', oxmOf, 8, 1, tos, {bits: 6, inMatch: 'nw_tos', kindInAction: decimal}),
  row('nw_ecn', 'NXM_NX_IP_ECN', oxmOf, 9, 1, decimal, {nxm: 28, bits: 2, aliases: ['ip_ecn']}),
  row('nw_ttl', 'NXM_NX_IP_TTL', nxmNx, 29, 1, decimal, {aliases: ['ip_ttl']}),
  row('mpls_label', 'OXM_OF_MPLS_LABEL', oxmOf, 34, 4, decimal, {bits: 20}),
  row('mpls_tc', 'OXM_OF_MPLS_TC', oxmOf, 35, 1, decimal, {bits: 3}),
  row('mpls_ttl', 'NXM_NX_MPLS_TTL', nxmNx, 30, 1, decimal),
  row('mpls_bos', 'OXM_OF_MPLS_BOS', oxmOf, 36, 1, decimal, {bits: 1}),
  row('nw_frag', 'NXM_NX_IP_FRAG', nxmNx, 26, 1, fragment, {bits: 2, aliases: ['ip_frag']}),
  row('icmp_type', 'NXM_OF_ICMP_TYPE', oxmOf, 19, 1, decimal, {nxm: 13}),
  row('icmp_code', 'NXM_OF_ICMP_CODE', oxmOf, 20, 1, decimal, {nxm: 14}),
  row('icmpv6_type', 'NXM_NX_ICMPV6_TYPE', oxmOf, 29, 1, decimal, {nxm: 21, inMatch: 'icmp_type'}),
  row('icmpv6_code', 'NXM_NX_ICMPV6_CODE', oxmOf, 30, 1, decimal, {nxm: 22, inMatch: 'icmp_code'}),
  row('nd_target', 'NXM_NX_ND_TARGET', oxmOf, 31, 16, ipv6, {nxm: 23}),
  row('nd_sll', 'NXM_NX_ND_SLL', oxmOf, 32, 6, mac, {nxm: 24}),
  row('nd_tll', 'NXM_NX_ND_TLL', oxmOf, 33, 6, mac, {nxm: 25}),
  row('nd_reserved', 'ERICOXM_OF_ICMPV6_ND_RESERVED', ericsson, 1, 4, decimal),
  row('nd_options_type', 'ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE', ericsson, 2, 1, decimal),
  row('tcp_src', 'NXM_OF_TCP_SRC', oxmOf, 13, 2, decimal, {nxm: 9, inMatch: 'tp_src'}),
  row('udp_src', 'NXM_OF_UDP_SRC', oxmOf, 15, 2, decimal, {nxm: 11, inMatch: 'tp_src'}),
  row('sctp_src', 'OXM_OF_SCTP_SRC', oxmOf, 17, 2, decimal, {inMatch: 'tp_src'}),
  row('tcp_dst', 'NXM_OF_TCP_DST', oxmOf, 14, 2, decimal, {nxm: 10, inMatch: 'tp_dst'}),
  row('udp_dst', 'NXM_OF_UDP_DST', oxmOf, 16, 2, decimal, {nxm: 12, inMatch: 'tp_dst'}),
  row('sctp_dst', 'OXM_OF_SCTP_DST', oxmOf, 18, 2, decimal, {inMatch: 'tp_dst'}),
  row('tcp_flags', 'NXM_NX_TCP_FLAGS', oxmOf, 42, 2, flags(2, tcpFlags, {bits: 12, whole: 0xffff}), {
    nxm: 34,
    bits: 12,
  }),
]

/** Older numbers of what the rows above say in a match; actions still name them. */
export const actionFields: readonly PacketField[] = [
  row('in_port', 'NXM_OF_IN_PORT', nxmOf, 0, 2, port16),
  row('vlan_tci', 'NXM_OF_VLAN_TCI', nxmOf, 4, 2, hex),
  row('nw_tos', 'NXM_OF_IP_TOS', nxmOf, 5, 1, decimal),
]

interface More {
  /** The number behind NXM_OF or NXM_NX in the name, where OpenFlow has another one. */
  readonly nxm?: number
  readonly bits?: number
  readonly inMatch?: string
  readonly kindInAction?: ValueKind
  readonly aliases?: readonly string[]
}

function row(
  name: string,
  inMove: string,
  oxmClass: number,
  number: number,
  bytes: number,
  kind: ValueKind,
  {nxm, bits = bytes * 8, inMatch = name, kindInAction = kind, aliases = []}: More = {},
): PacketField {
  const older = inMove.startsWith('NXM_OF') ? nxmOf : nxmNx
  const nicira = nxm === undefined ? {oxmClass, number} : {oxmClass: older, number: nxm}
  return {name, inMatch, inMove, oxmClass, number, nicira, bytes, bits, kind, kindInAction, aliases}
}
