import {actionFields, type PacketField, packetFields} from './packet-fields.ts'

export {type PacketField, packetFields}

/**
 * The order on the wire: what a field needs stands before it (§7.2.3.6), and for the rest as Open vSwitch sends it, so
 * that equal matches are equal bytes.
 */
const wireOrder =
  'dp_hash recirc_id conj_id in_port_oxm actset_output packet_type eth_src eth_dst eth_type vlan_vid vlan_pcp ' +
  'ip_src ip_dst ipv6_src ipv6_dst nw_frag ip_dscp nw_ecn nw_ttl nw_proto ipv6_label ' +
  'icmp_type icmp_code icmpv6_type icmpv6_code nd_reserved nd_target nd_options_type nd_sll nd_tll ' +
  'tcp_src tcp_dst tcp_flags udp_src udp_dst sctp_src sctp_dst arp_op arp_spa arp_tpa arp_sha arp_tha ' +
  'mpls_tc mpls_bos mpls_ttl mpls_label tun_id tun_flags tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_gbp_id tun_gbp_flags'
const named = wireOrder.split(' ')
const last = ['reg', 'xreg', 'xxreg', 'pkt_mark', 'ct_state', 'ct_', 'metadata']
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
  mpls: {etherType: 0x8847},
  mplsm: {etherType: 0x8848},
}

/** By IP protocol: what a match's tp_src, tp_dst, icmp_type and icmp_code mean. */
export const transportPrefixes: Readonly<Record<number, string>> = {
  1: 'icmp_',
  6: 'tcp_',
  17: 'udp_',
  58: 'icmpv6_',
  132: 'sctp_',
}

/** What a match calls a field by whose protocol decides which one it is. */
const ofProtocol = /^(?:tp_|icmp_)/u
const namesOf = ({name, inMove, aliases}: PacketField): string[] =>
  [name, inMove, ...aliases].map((known) => known.toLowerCase())
const byName = new Map(
  packetFields.flatMap((field) => {
    const names = ofProtocol.test(field.inMatch) ? namesOf(field) : [...namesOf(field), field.inMatch]
    return names.map((name) => [name, field])
  }),
)
const olderByName = new Map(actionFields.flatMap((field) => namesOf(field).map((name) => [name, field])))
const byNumber = new Map(
  [...packetFields, ...actionFields].flatMap((field) =>
    [field, field.nicira].map(({oxmClass, number}) => [(oxmClass << 8) | number, field]),
  ),
)

/** As a match names it, by any of its names; case does not matter. */
export function fieldByName(name: string): PacketField | undefined {
  return byName.get(name.toLowerCase())
}

/** As an action names it: there in_port, nw_tos and vlan_tci are Nicira's. */
export function fieldInAction(name: string): PacketField | undefined {
  return olderByName.get(name.toLowerCase()) ?? fieldByName(name)
}

/** By the four bytes that stand before its value: class, number and a bit for "a mask follows", length. */
export function fieldByHeader(oxm: number): PacketField | undefined {
  return byNumber.get(((oxm >>> 16) << 8) | ((oxm >>> 9) & 0x7f))
}

export function headerOf(field: PacketField, form: 'exact' | 'masked'): number {
  const [bit, length] = form === 'masked' ? [1, field.bytes * 2] : [0, field.bytes]
  return ((field.oxmClass << 16) | (field.number << 9) | (bit << 8) | length) >>> 0
}

/** The same as Nicira's actions say it. */
export function niciraHeaderOf({nicira, bytes}: PacketField): number {
  return ((nicira.oxmClass << 16) | (nicira.number << 9) | bytes) >>> 0
}
