import {expect, test} from 'vitest'
import {parseIp, parseMac} from '../../src/model/address.ts'
import type {ProbeEnd} from '../../src/model/node-network.ts'
import {probeFlows} from '../../src/datapath/pipeline/probe.ts'
import {flowKind} from '../../src/datapath/plan/kinds.ts'
import {changedSlices} from '../../src/datapath/plan/slices.ts'
import {classifyPair} from '../../src/diagnostics/paths/pair.ts'
import {parseFlowLine} from '../../src/diagnostics/flows/rows.ts'
import {exampleNetwork} from './example.ts'
import {flowText} from './flow-text.ts'

const network = exampleNetwork()
const probe: ProbeEnd = {
  namespace: '',
  name: 'probe',
  containerId: '',
  interfaceName: 'antrea-probe',
  ofport: 9,
  mac: parseMac('0a:58:0a:f4:01:09'),
  addresses: {live: parseIp('10.244.1.9'), routed: parseIp('10.244.1.10'), tunnelled: parseIp('10.244.1.11')},
  peers: ['n2', 'n4'],
}
const texts = (end: ProbeEnd) => probeFlows(end, network.peers, network.wiring.gateway.mac).map(flowText)

test('a form of its own only towards the peers of the session, above the peers of the mode', () => {
  const forced = texts(probe).filter((text) => text.includes('nw_src=') && text.includes('nw_dst='))
  expect(forced.map((text) => text.replace(/cookie=\w+, ?/u, ''))).toMatchInlineSnapshot(`
    [
      "table=L3Forwarding, priority=202,ip,nw_src=10.244.1.10,nw_dst=10.244.2.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_dst,set_field:0x20/0xf0->reg0,goto_table:L2ForwardingCalc",
      "table=L3Forwarding, priority=202,ip,nw_src=10.244.1.11,nw_dst=10.244.2.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_src,set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:172.30.1.12->tun_dst,set_field:0x10/0xf0->reg0,goto_table:L3DecTTL",
      "table=L3Forwarding, priority=202,ip,nw_src=10.244.1.10,nw_dst=10.244.4.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_dst,set_field:0x20/0xf0->reg0,goto_table:L2ForwardingCalc",
      "table=L3Forwarding, priority=202,ip,nw_src=10.244.1.11,nw_dst=10.244.4.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_src,set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:172.30.2.14->tun_dst,set_field:0x10/0xf0->reg0,goto_table:L3DecTTL",
    ]
  `)
})

test('no two flows claim one place, and only its own addresses may send', () => {
  const flows = probeFlows(probe, network.peers, network.wiring.gateway.mac)
  expect(new Set(flows.map((flow) => flowKind.key(flow))).size).toBe(flows.length)
  const senders = texts(probe).filter((text) => text.includes('in_port=9') && text.includes('nw_src='))
  expect(senders.map((text) => /nw_src=([\d.]+)/u.exec(text)?.[1])).toEqual([
    '10.244.1.9',
    '10.244.1.10',
    '10.244.1.11',
  ])
})

test('a session that begins, changes its peers and ends touches one owner', () => {
  const during = {...network, probe}
  const owners = (before: typeof network, now: typeof network) =>
    [...changedSlices(before, now)].map(({owner}) => owner)
  expect(owners(network, during)).toEqual(['probe'])
  expect(owners(during, {...during, mode: 'encap'})).toEqual([])
  expect(owners(during, {...during, probe: {...probe, peers: ['n3']}})).toEqual(['probe'])
  expect([...changedSlices(during, network)]).toEqual([{owner: 'probe', slice: {}}])
})

test("a probe's flows do not hide how the Pods' packets go", () => {
  const [peer] = network.peers
  if (peer === undefined) throw new Error('the example has peers')
  const flows = texts(probe).map((text) => parseFlowLine(text))
  const path = classifyPair({
    from: 'n1',
    to: peer.name,
    podCidr: peer.podCidr,
    flows,
    routes: [],
    underlay: {nodes: [], ownerOf: () => 'n2', homeOf: () => 'n2'},
  })
  expect(path.class).toBe('broken')
})
