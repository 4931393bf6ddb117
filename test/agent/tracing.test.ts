import {expect, test} from 'vitest'
import {parseCidr, parseIp, parseMac} from '../../src/model/address.ts'
import {traceFlow, type TracingFacts} from '../../src/agent/api/tracing.ts'

const web = {
  namespace: 'default',
  name: 'web',
  containerId: 'c1',
  interfaceName: 'web-aaaaaa',
  ofport: 3,
  ips: [parseIp('10.244.1.2')],
  mac: parseMac('0a:58:0a:f4:01:02'),
}
const db = {
  ...web,
  name: 'db',
  interfaceName: 'db-bbbbbb',
  ofport: 4,
  ips: [parseIp('10.244.1.3')],
  mac: parseMac('0a:58:0a:f4:01:03'),
}
const facts: TracingFacts = {
  wiring: {
    node: 'n1',
    podCidr: parseCidr('10.244.1.0/24'),
    gateway: {ip: parseIp('10.244.1.1'), mac: parseMac('0a:58:0a:f4:01:01')},
    datapath: 'netdev',
    transportInterface: 'eth1',
    transportDevice: 'br-phy',
    transport: [{ip: parseIp('172.30.1.11'), prefix: 24}],
    transportMtu: 1500,
    tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
  },
  pods: [web, db],
  peers: [
    {
      name: 'n3',
      podCidr: parseCidr('10.244.3.0/24'),
      gatewayIp: parseIp('10.244.3.1'),
      transportIp: parseIp('172.30.2.13'),
      sameSubnet: false,
    },
  ],
  remoteAddress: async () => parseIp('10.244.3.9'),
}
const nothing = {port: '', source: '', destination: '', flow: '', connection: '', mark: ''}

test.each([
  [
    'a Pod to a Pod of this Node',
    {source: 'default/web', destination: 'default/db'},
    'ip,in_port=3,dl_src=0a:58:0a:f4:01:02,dl_dst=0a:58:0a:f4:01:03,nw_src=10.244.1.2,nw_dst=10.244.1.3,nw_ttl=64',
  ],
  [
    'a Pod to a Pod elsewhere goes to the gateway MAC',
    {source: 'default/web', destination: 'other/far', flow: 'tcp,tcp_dst=80'},
    'tcp,in_port=3,dl_src=0a:58:0a:f4:01:02,dl_dst=0a:58:0a:f4:01:01,nw_src=10.244.1.2,nw_dst=10.244.3.9,nw_ttl=64,tcp_flags=0x002,tcp_dst=80',
  ],
  [
    'out of the tunnel, as the peer that owns the source sends it',
    {port: 'antrea-tun0', source: '10.244.3.9', destination: 'default/web'},
    'ip,in_port=32768,dl_src=aa:bb:cc:dd:ee:ff,dl_dst=aa:bb:cc:dd:ee:ff,tun_src=172.30.2.13,tun_dst=172.30.1.11,nw_src=10.244.3.9,nw_dst=10.244.1.2,nw_ttl=64',
  ],
  [
    'from the gateway, which knows the MAC of the Pod',
    {port: 'antrea-gw0', source: '10.244.3.9', destination: 'default/web', flow: 'udp'},
    'udp,in_port=32769,dl_src=0a:58:0a:f4:01:01,dl_dst=0a:58:0a:f4:01:02,nw_src=10.244.3.9,nw_dst=10.244.1.2,nw_ttl=64',
  ],
  [
    'what the caller says wins',
    {source: 'default/web', destination: '203.0.113.10', flow: 'icmp,nw_ttl=1'},
    'icmp,in_port=3,dl_src=0a:58:0a:f4:01:02,dl_dst=0a:58:0a:f4:01:01,nw_src=10.244.1.2,nw_dst=203.0.113.10,icmp_type=8,nw_ttl=1',
  ],
  [
    'an answer, in the connection that the gateway opened',
    {source: 'default/web', destination: '10.244.3.9', flow: 'tcp,tcp_src=80', connection: 'established', mark: '0x2'},
    'tcp,in_port=3,dl_src=0a:58:0a:f4:01:02,dl_dst=0a:58:0a:f4:01:01,ct_mark=0x2,nw_src=10.244.1.2,nw_dst=10.244.3.9,nw_ttl=64,tcp_flags=0x012,tcp_src=80',
  ],
  [
    'a question for a MAC',
    {source: 'default/web', destination: '10.244.1.1', flow: 'arp'},
    'arp,in_port=3,dl_src=0a:58:0a:f4:01:02,dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,arp_spa=10.244.1.2,arp_sha=0a:58:0a:f4:01:02,arp_tpa=10.244.1.1',
  ],
])('%s', async (_, query, flow) => {
  expect(await traceFlow({...nothing, ...query}, facts)).toBe(flow)
})

test.each([
  ['an option', 'FLOW_INVALID', {flow: '--names'}],
  ['an action', 'FLOW_INVALID', {flow: 'actions=output:1(2)'}],
  ['a mark that is more than a number', 'USAGE', {mark: '0x2,actions=drop'}],
  ['a newline', 'FLOW_INVALID', {flow: 'tcp_dst=80;x'}],
  ['a Pod that is no name', 'USAGE', {destination: 'a b'}],
  ['a source of another Node', 'POD_UNKNOWN', {source: '10.244.3.9'}],
])('%s is refused', async (_, code, query) => {
  const asked = {...nothing, source: 'default/web', destination: '10.244.3.9', ...query}
  await expect(traceFlow(asked, facts)).rejects.toThrow(expect.objectContaining({code}))
})
