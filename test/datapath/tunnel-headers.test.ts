import {afterAll, beforeAll, expect, test} from 'vitest'
import {type Control, connectControl} from '../../src/datapath/ovsdb/control.ts'
import {ensureBridge, ensurePort} from '../../src/datapath/ovsdb/switch.ts'
import {headroom, tunnelTypeNames} from '../../src/model/tunnel.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let control: Control
beforeAll(async () => {
  ovs = await startOpenvSwitch()
  control = await connectControl(ovs.runDir)
  await ensureBridge(ovs.ovsdb, {name: 'br-phy', datapathType: 'dummy', failMode: 'standalone'})
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'p1', type: 'dummy', ofportRequest: 1})
  await ensurePort(ovs.ovsdb, 'br-phy', {name: 'p2', type: 'dummy'})
  await control.run('netdev-dummy/ip4addr', ['br-phy', '172.30.1.1/24'])
  await control.run('netdev-dummy/ip6addr', ['br-phy', '2001:db8::1/64'])
  await control.run('ovs/route/add', ['172.30.1.0/24', 'br-phy'])
  await control.run('ovs/route/add', ['2001:db8::/64', 'br-phy'])
  for (const peer of ['172.30.1.2', '2001:db8::2'])
    await control.run('tnl/neigh/set', ['br-phy', peer, 'aa:55:aa:55:00:02'])
})
afterAll(async () => {
  control[Symbol.dispose]()
  await ovs[Symbol.asyncDispose]()
})

const peers = {4: 'set_field:172.30.1.2->tun_dst', 6: 'set_field:2001:db8::2->tun_ipv6_dst'} as const
const cases = tunnelTypeNames.flatMap((tunnelType) =>
  ([4, 6] as const).flatMap((family) => [false, true].map((tunnelCsum) => ({tunnelType, family, tunnelCsum}))),
)

/**
 * Open vSwitch says how long a header it puts before the inner Ethernet frame. What the headroom reckons for is one
 * Ethernet header, and this length less the outer Ethernet's: both have 14 bytes.
 */
test.each(cases)('$tunnelType over IPv$family, checksum $tunnelCsum', async ({tunnelType, family, tunnelCsum}) => {
  const [name, ofport] = [`t-${tunnelType}`, 100 + tunnelTypeNames.indexOf(tunnelType)]
  const options = {key: 'flow', remote_ip: 'flow', csum: String(tunnelCsum)}
  await ensurePort(ovs.ovsdb, 'br-int', {name, type: tunnelType, ofportRequest: ofport, options})
  await ovs.ofctl('add-flow', `priority=1,in_port=1,ip,actions=${peers[family]},output:${ofport}`)
  const trace = await control.run('ofproto/trace', ['br-int', 'in_port=1,ip,nw_dst=10.244.2.2'])
  const [, size] = /tnl_push\(.*?header\(size=(\d+)/u.exec(trace) ?? []
  expect(Number(size)).toBe(headroom({mode: 'encap', tunnelType, tunnelCsum, outer: [family]}))
})

test('stt, which is refused for that: its header cannot be built', async () => {
  const options = {key: 'flow', remote_ip: 'flow'}
  await ensurePort(ovs.ovsdb, 'br-int', {name: 't-stt', type: 'stt', ofportRequest: 110, options})
  await ovs.ofctl('add-flow', `priority=1,in_port=1,ip,actions=${peers[4]},output:110`)
  const trace = await control.run('ofproto/trace', ['br-int', 'in_port=1,ip,nw_dst=10.244.2.2'])
  expect(trace).toContain('native tunnel header build failed')
})
