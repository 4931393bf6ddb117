import {describe, expect, test} from 'vitest'
import {canonicalFlow, flowKey} from '../../src/datapath/openflow/canonical.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {readCapture, withTable} from './capture.ts'

test('canonical flows are what the switch gave back for the same lines', () => {
  const ours = readCapture('flows.txt').map((line) => printFlow(canonicalFlow(parseFlow(line))))
  expect(ours.toSorted()).toEqual(readCapture('dump.flows').map(withTable).toSorted())
})

test('a line of a dump with counters is the flow without them', () => {
  const line =
    ' cookie=0x1, duration=3.2s, table=16, n_packets=5, n_bytes=490, idle_age=1, priority=200,ip,nw_dst=10.0.0.1 actions=drop'
  expect(printFlow(parseFlow(line))).toBe('cookie=0x1, table=16, priority=200,ip,nw_dst=10.0.0.1 actions=drop')
})

test('names stand for numbers', () => {
  const tables: Record<number, string> = {16: 'L3Forwarding', 18: 'L3DecTTL'}
  const flow = parseFlow(
    'table=16,priority=1,in_port=3,actions=resubmit(,16),ct(commit,table=18,zone=5),output:3,goto_table:18',
  )
  expect(printFlow(flow, {table: (id) => tables[id], port: () => 'antrea-gw0'})).toBe(
    'table=L3Forwarding, priority=1,in_port="antrea-gw0" actions=resubmit(,L3Forwarding),' +
      'ct(commit,table=L3DecTTL,zone=5),output:"antrea-gw0",goto_table:L3DecTTL',
  )
})

test('what we have no words for is kept byte for byte', () => {
  const lines = [
    'table=1, dl_type=0x894f,raw_ffff0405=005ad65001 actions=raw(ffff001000002320002e000000000000)',
    'table=1, tun_id=0x5,raw_ffff1608=0000232000000005 actions=instruction(0006000800000007)',
  ]
  for (const line of lines) expect(printFlow(canonicalFlow(parseFlow(line)))).toBe(line)
})

describe('two spellings of one flow have one key', () => {
  test.each([
    ['ip,ip_dscp=5', 'ip,nw_tos=20'],
    ['dl_vlan=5,dl_vlan_pcp=3', 'vlan_tci=0x7005'],
    ['dl_vlan=0xffff', 'vlan_tci=0/0x1fff'],
    ['vlan_vid=0x1005', 'dl_vlan=5'],
    ['mpls,mpls_label=3', 'eth_type=0x8847,mpls_label=0x3'],
    ['ct_state=0x21/0x21', 'ct_state=+new+trk'],
    ['ip,nw_frag=later', 'ip,ip_frag=3'],
    ['ipv6,ipv6_label=5/0xfffff', 'ipv6,ipv6_label=0x5'],
    ['ip,nw_dst=10.244.2.7/24', 'dl_type=0x800,ip_dst=10.244.2.0/255.255.255.0'],
    ['tcp,tp_dst=80', 'ip,nw_proto=6,tcp_dst=80'],
    ['reg0=0x2/0xf,reg1=3', 'reg1=0x3,reg0=0xff2/0xf'],
    ['reg0=1,reg1=2', 'xreg0=0x100000002'],
    ['reg4=1,reg5=2,reg6=3,reg7=4', 'xxreg1=0x1000000020000000300000004'],
    ['ct_state=+trk-new,ip', 'ip,ct_state=-new+trk'],
    ['in_port=LOCAL', 'in_port=0xfffffffe'],
    ['dl_src=0A:58:0A:F4:01:02', 'eth_src=0a:58:0a:f4:01:02/ff:ff:ff:ff:ff:ff'],
    ['ipv6,ipv6_dst=fd00:0::1', 'ipv6,ipv6_dst=FD00::0001/128'],
    ['ip,nw_dst=1.2.3.4/0', 'ip'],
  ])('%s and %s', (left, right) => {
    const key = (match: string): string => flowKey(parseFlow(`table=1,priority=2,${match} actions=drop`))
    expect(key(left)).toBe(key(right))
  })
})

describe('what cannot be read is refused with its own words', () => {
  test.each([
    ['table=1,ip', 'has no actions='],
    ['table=255 actions=drop', '"255" is not a number up to 254'],
    ['priority=-1 actions=drop', '"-1" is not a number'],
    ['nw_dest=1.2.3.4 actions=drop', '"nw_dest" is not a field'],
    ['__proto__= actions=drop', '"__proto__" is not a field'],
    ['tp_dst=80 actions=drop', 'tp_dst needs its protocol'],
    ['ip,nw_dst=10.0.0.256 actions=drop', '"10.0.0.256" is not an IPv4 address'],
    ['ip,nw_dst=10.0.0.1/33 actions=drop', '"33" is not a prefix length up to 32'],
    ['dl_src=0a:58 actions=drop', 'is not a MAC address'],
    ['reg0=0x1ffffffff actions=drop', 'is not a number of 32 bits'],
    ['ct_state=+new+tracked actions=drop', '"tracked" is not one of'],
    ['actions=jump:5', '"jump:5" is not an action that we know'],
    ['actions=set_field:1->nowhere', 'is not set_field:VALUE[/MASK]->FIELD'],
    ['actions=move:NXM_NX_REG0[0..3]->NXM_NX_REG1[]', 'with as many bits in both'],
    ['actions=output:NXM_NX_REG1[0..32]', 'is not a part of a field of 32 bits'],
    ['actions=load:16->NXM_NX_REG1[0..3]', '"16" is not a number of 4 bits'],
    ['actions=ct(commit,tables=3)', 'is not a word of ct()'],
    ['actions=resubmit(99999,1)', '"99999" is not a number of 16 bits'],
    ['actions=conjunction(1,0/2)', 'with K from 1'],
    ['actions=note:0x1', 'is not bytes in hexadecimal'],
    ['actions=raw(zz)', 'is not an action in hexadecimal'],
    ['actions=instruction(0001)', 'is not an instruction in hexadecimal'],
    ['actions=controller(reason=because)', '"because" is not one of no_match'],
    ['actions=controller(colour=red)', '"colour=red" is not one of max_len'],
    ['actions=learn(table=1,NXM_NX_REG0[0..3]=NXM_NX_REG1[])', 'is not a field of 4 bits'],
    ['actions=learn(table=1,reg0=1/3)', 'is not a value without a mask'],
    ['actions=check_pkt_larger(1500)->reg0[0..1]', 'is not one bit of a field'],
    ['actions=multipath(eth_src,0,modulo_n,0,0,reg0[])', 'is not multipath('],
    ['actions=ct(commit,alg=irc)', '"irc" is not a number'],
    ['actions=write_actions(output:2', 'is not write_actions('],
    [`actions=${'clone('.repeat(40)}output:1${')'.repeat(40)}`, 'nested deeper than 16'],
    ['dl_vlan=4096 actions=drop', 'is not a VLAN up to 4095'],
    ['vlan_tci=0x2000/0x2000 actions=drop', 'is not a tag that OpenFlow can match'],
    ['ip,nw_frag=maybe actions=drop', '"maybe" is not a number'],
    ['packet_type=5 actions=drop', 'is not (NAMESPACE,TYPE)'],
    ['actions=goto_table:L3Forwarding', '"L3Forwarding" is not a number'],
  ])('%s', (line, sentence) => {
    expect(() => canonicalFlow(parseFlow(line))).toThrow(sentence)
  })
})
