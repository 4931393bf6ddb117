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

describe('two spellings of one flow have one key', () => {
  test.each([
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
    ['actions=goto_table:L3Forwarding', '"L3Forwarding" is not a number'],
  ])('%s', (line, sentence) => {
    expect(() => canonicalFlow(parseFlow(line))).toThrow(sentence)
  })
})
