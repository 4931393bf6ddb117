import fc from 'fast-check'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {type PacketField, packetFields} from '../../src/datapath/openflow/oxm.ts'
import {printFieldValue} from '../../src/datapath/openflow/tlv.ts'

/**
 * Flows that Open vSwitch takes, made from the field table: what stands here beside it is what the switch demands of a
 * flow (ovs-fields(7), prerequisites and masks), not how a field is written.
 */

/** Protocol words, and the fields that may be matched, and set, under them. */
const protocols: readonly {readonly words: Flow['match']; readonly fields: string}[] = [
  {words: {}, fields: 'dl_type'},
  {words: {arp: ''}, fields: 'arp_op arp_spa arp_tpa arp_sha arp_tha'},
  {words: {ip: ''}, fields: 'nw_src nw_dst nw_tos nw_ecn nw_ttl nw_frag'},
  {words: {tcp: ''}, fields: 'nw_src nw_dst nw_ttl tp_src tp_dst tcp_flags'},
  {words: {udp: ''}, fields: 'nw_src nw_dst nw_tos tp_src tp_dst'},
  {words: {sctp: ''}, fields: 'nw_src nw_ecn tp_src tp_dst'},
  {words: {icmp: ''}, fields: 'nw_dst icmp_type icmp_code'},
  {words: {ipv6: ''}, fields: 'ipv6_src ipv6_dst ipv6_label nw_tos nw_ecn nw_ttl nw_frag'},
  {words: {tcp6: ''}, fields: 'ipv6_src tp_src tp_dst tcp_flags'},
  {words: {udp6: ''}, fields: 'ipv6_dst tp_src tp_dst'},
  {words: {sctp6: ''}, fields: 'ipv6_dst tp_src tp_dst'},
  {words: {icmp6: ''}, fields: 'ipv6_src icmp_type icmp_code'},
  {words: {icmp6: '', icmp_type: '135', icmp_code: '0'}, fields: 'nd_target nd_sll nd_reserved nd_options_type'},
  {words: {icmp6: '', icmp_type: '136', icmp_code: '0'}, fields: 'nd_target nd_tll nd_reserved nd_options_type'},
  {words: {mpls: ''}, fields: 'mpls_label mpls_tc mpls_ttl mpls_bos'},
  {words: {mplsm: ''}, fields: 'mpls_label'},
  {words: {ip: '', ct_state: '+est+trk'}, fields: 'ct_nw_src ct_nw_dst ct_nw_proto ct_mark'},
  {words: {ip: '', ct_state: '+est+trk', ct_nw_proto: '6'}, fields: 'ct_nw_src ct_tp_src ct_tp_dst'},
  {words: {ipv6: '', ct_state: '-inv+trk', ct_nw_proto: '17'}, fields: 'ct_ipv6_src ct_ipv6_dst ct_tp_src ct_tp_dst'},
]
const always =
  'pkt_mark conj_id actset_output ct_zone ct_mark ct_label tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_gbp_id ' +
  'tun_gbp_flags tun_flags metadata in_port dl_src dl_dst ' +
  Array.from({length: 16}, (_, index) => `reg${index}`).join(' ')
const notMasked = new Set(
  (
    'conj_id actset_output ct_zone in_port_oxm eth_type nw_proto ip_dscp nw_ecn nw_ttl mpls_label mpls_tc mpls_ttl mpls_bos ' +
    'arp_op icmp_type icmp_code icmpv6_type icmpv6_code ct_nw_proto packet_type nd_reserved nd_options_type tun_gbp_flags tun_flags'
  ).split(' '),
)
/** Where not every number is a value. */
const special: Readonly<Record<string, fc.Arbitrary<string>>> = {
  actset_output: fc.constantFrom('1', '77', 'LOCAL'),
  in_port_oxm: fc.constantFrom('1', '77', 'LOCAL', '65000'),
  // A switch does not give 0 back.
  ct_nw_proto: fc.constantFrom('1', '6', '255'),
  arp_op: fc.constantFrom('1', '2', '255'),
  eth_type: fc.constantFrom('0x88cc', '0x1234', '0x05ff'),
  nw_frag: fc.constantFrom('no', 'yes', 'first', 'later', 'not_later'),
  tun_flags: fc.constantFrom('+oam', '-oam'),
  tcp_flags: fc.constantFrom('+syn-ack', 'syn|ack', '0', '-fin+rst+ns', 'cwr'),
}
const tags: readonly Flow['match'][] = [
  {},
  {},
  {dl_vlan: '5'},
  {dl_vlan: '4095', dl_vlan_pcp: '7'},
  {dl_vlan_pcp: '0'},
  {vlan_tci: '0x0000/0x1fff'},
  {vlan_tci: '0x1000/0x1000'},
  {vlan_tci: '0x0010/0x00f0'},
]

/** Fields that tests may ask for, by the name a match has for them. */
function fieldsOf(name: string, words: Flow['match']): PacketField {
  const specific = /^(?:tp|icmp)_/u.test(name)
    ? Object.keys(words).find((word) => /^(?:tcp|udp|sctp|icmp)/u.test(word))
    : undefined
  const prefix = specific === 'icmp6' ? 'icmpv6' : (specific?.replace('6', '') ?? '')
  const wanted = specific === undefined ? name : `${prefix}_${name.split('_')[1]}`
  const field = packetFields.find((row) => row.inMatch === name && (specific === undefined || row.name === wanted))
  if (field === undefined) throw new Error(`no field ${name}`)
  return field
}

function bytesBelow({bytes, bits}: PacketField): fc.Arbitrary<Buffer> {
  const some = fc.bigInt(0n, (1n << BigInt(bits)) - 1n)
  const any = fc.oneof({weight: 4, arbitrary: some}, fc.constantFrom(0n, 1n, (1n << BigInt(bits)) - 1n))
  return any.map((value) => Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex'))
}

/** A value in the words of the table's row. */
function valueOf(field: PacketField, place: 'match' | 'action'): fc.Arbitrary<string> {
  const known = special[field.name]
  if (known !== undefined && (place === 'match' || field.name === 'arp_op')) return known
  const exact = bytesBelow(field).map((value) => printFieldValue({field, value}, place))
  if (notMasked.has(field.name)) return exact
  const masked = fc
    .tuple(bytesBelow(field), bytesBelow(field))
    .filter(([, mask]) => mask.some((byte) => byte !== 0))
    .map(([value, mask]) => printFieldValue({field, value, mask}, place))
  return fc.oneof(exact, masked)
}

const settable =
  'pkt_mark reg0 reg7 reg15 xreg3 xxreg1 tun_id tun_src tun_dst tun_ipv6_dst tun_gbp_id tun_gbp_flags metadata dl_src dl_dst'
const settableByWord: Readonly<Record<string, string>> = {
  arp: 'arp_op arp_spa arp_tpa arp_sha arp_tha',
  ip: 'nw_src nw_dst nw_tos nw_ecn nw_ttl',
  tcp: 'nw_src tp_src tp_dst',
  udp: 'nw_dst tp_src tp_dst',
  sctp: 'tp_src tp_dst',
  icmp: 'icmp_type icmp_code',
  ipv6: 'ipv6_src ipv6_dst ipv6_label nw_tos nw_ecn nw_ttl',
  tcp6: 'ipv6_src tp_dst',
  mpls: 'mpls_label mpls_tc mpls_ttl',
}
const words: readonly string[] = (
  'IN_PORT NORMAL LOCAL FLOOD ALL TABLE output:2 output:65000 output:NXM_NX_REG1[0..15] CONTROLLER:128 exit ct_clear ' +
  'resubmit(,9) resubmit(3,9) resubmit:7 group:1 set_queue:7 pop_queue push_vlan:0x8100 note:01.02.03.04.05.06 ' +
  'controller(reason=no_match,max_len=64,id=9) controller(id=3,userdata=01.02.03,pause) output(port=3,max_len=100) ' +
  'push:NXM_NX_REG2[3..9] pop:NXM_NX_REG3[] check_pkt_larger(1500)->NXM_NX_REG4[5] clone(set_field:0x5->reg0,output:4) ' +
  'move:NXM_NX_REG0[0..11]->NXM_NX_XXREG2[100..111] move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[] ' +
  'multipath(symmetric_l3l4+udp,1024,iter_hash,8,16,NXM_NX_REG0[0..7]) bundle(nw_src,5,hrw,ofport,members:1,2) ' +
  'bundle_load(eth_src,0,active_backup,ofport,NXM_NX_REG1[0..15],members:3) sample(probability=5,collector_set_id=1,obs_domain_id=2,obs_point_id=3) ' +
  'learn(table=5,idle_timeout=9,priority=7,cookie=0x1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],reg3=0x5,load:0x1->NXM_NX_REG0[3],output:NXM_OF_IN_PORT[])'
).split(' ')
const ofIp: readonly string[] = [
  'dec_ttl',
  'dec_ttl(1,2)',
  'ct(table=9,zone=65520,nat)',
  'ct(commit,zone=NXM_NX_REG8[0..15],exec(set_field:0x10/0x10->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))',
  'ct(commit,force,table=7,nat(src),exec(set_field:0x1/0xff->ct_label))',
]
const ends: readonly string[] = [
  'clear_actions',
  'write_actions(set_field:0x5->reg0,output:2)',
  'write_metadata:0x5/0xf',
  'goto_table:251',
]

/** Flows of tables 0 to 250, with all their fields and actions in an order that needs no rewriting. */
export const anyFlow: fc.Arbitrary<Flow> = fc.constantFrom(...protocols).chain(({words: protocol, fields}) => {
  const known = [...fields.split(' '), ...always.split(' ')].filter((name) => protocol[name] === undefined)
  const matched = fc
    .subarray(known, {maxLength: 6})
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, valueOf(fieldsOf(name, protocol), 'match')]))),
    )
  const word = Object.keys(protocol)[0] ?? ''
  const isIp = Object.hasOwn(protocol, 'ip') || /^(?:tcp|udp|ipv6)/u.test(word)
  const targets = `${settable} ${settableByWord[word] ?? ''}`.trim().split(' ')
  const set = fc.constantFrom(...targets).chain((name) => {
    const field = fieldsOf(name, protocol)
    return valueOf(field, 'action').map((value) => `set_field:${value}->${field.name}`)
  })
  const action = fc.oneof({weight: 2, arbitrary: set}, fc.constantFrom(...words, ...(isIp ? ofIp : [])))
  return fc.record({
    table: fc.nat(250),
    priority: fc.nat(65_535),
    cookie: fc.bigInt(0n, 0xffff_ffff_ffff_fffen),
    match: fc.tuple(fc.constantFrom(...tags), matched).map(([tag, found]) => ({...protocol, ...tag, ...found})),
    actions: fc
      .tuple(fc.uniqueArray(action, {maxLength: 5}), fc.subarray([...ends]))
      .map(([applied, after]) => [...applied, ...after]),
  })
})
