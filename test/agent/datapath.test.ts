import {beforeEach, describe, expect, test} from 'vitest'
import {Datapath} from '../../src/agent/datapath.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {natRules} from '../../src/datapath/host/nft.ts'
import {hostSettings} from '../../src/datapath/host/state.ts'
import {type Part, parts} from '../../src/datapath/plan/compare.ts'
import {describe as describeStep} from '../../src/datapath/plan/describe.ts'
import {flowKind} from '../../src/datapath/plan/kinds.ts'
import {exampleNetwork, examplePod} from '../pipeline/example.ts'
import {FakeNode} from './fake-node.ts'

const network = exampleNetwork()
const planted: Flow = {table: 21, priority: 9000, cookie: 0n, match: {ip: ''}, actions: ['drop']}
let node: FakeNode
let datapath: Datapath

beforeEach(async () => {
  node = new FakeNode()
  datapath = new Datapath(node.hands)
  await datapath.converge(network)
  node.asked.length = 0
})

test('an event asks the machine nothing and changes only its slice', async () => {
  const {steps, repaired} = await datapath.converge({...network, pods: [...network.pods, examplePod('late', 4, 5)]})
  expect(steps.map(describeStep)).toEqual(['let the kernel ignore late-1a2b3c', 'change flows: 8 put, 0 removed'])
  expect(node.asked).toEqual([])
  expect(repaired).toBeUndefined()
})

test('a successor finds all in place, and changes nothing', async () => {
  const successor = new Datapath(node.hands)
  expect(await successor.converge(network)).toEqual({steps: []})
  expect(await successor.drift()).toEqual({total: 0, parts: [], deviations: []})
})

test('a successor with other inputs changes the difference, and calls it no repair', async () => {
  const {steps, repaired} = await new Datapath(node.hands).converge({...network, pods: network.pods.slice(1)})
  expect(steps.map(describeStep)).toEqual(['change flows: 0 put, 8 removed', 'take the guard from client-1a2b3c'])
  expect(repaired).toBeUndefined()
})

describe('what somebody else changed', () => {
  test('is told by drift, which changes nothing', async () => {
    const [flow] = node.flows.values()
    if (flow === undefined) throw new Error('the Node has flows')
    node.flows.delete(flowKind.key(flow))
    node.flows.set(flowKind.key(planted), planted)
    node.routes = node.routes.filter(({to}) => to !== '10.244.2.0/24')
    const before = node.picture()
    const found = await datapath.drift()
    expect(found?.parts).toEqual(['flows', 'routes'])
    expect(found?.deviations.map(({kind, problem, owner}) => `${kind} ${problem} ${owner}`)).toEqual([
      'flow missing base',
      'flow extra nobody',
      'route missing peer/10.244.2.0/24',
      'route missing peer/10.244.2.0/24',
    ])
    expect(node.picture()).toEqual(before)
  })

  test.each<readonly [string, Part, (node: FakeNode) => void]>([
    ['flows', 'flows', (node) => node.flows.set(flowKind.key(planted), planted)],
    ['all flows', 'flows', (node) => node.flows.clear()],
    ['a route', 'routes', (node) => (node.routes = node.routes.map((route) => ({...route, via: '172.30.1.99'})))],
    ['a lookup', 'routes', (node) => (node.lookups = node.lookups.slice(1))],
    ['the rules', 'nft', (node) => (node.rules = '')],
    ['a guard', 'nft', (node) => node.guards.delete('eth1')],
    ['an element too many', 'nft', (node) => node.podCidrs.add('10.99.0.0/16')],
    ['a sysctl', 'settings', (node) => node.sysctls.set('net/ipv4/ip_forward', '0')],
    ["the gateway's MTU", 'settings', (node) => node.changeLink('antrea-gw0', {mtu: 9000})],
    ["the gateway's address", 'settings', (node) => node.changeLink('antrea-gw0', {addresses: []})],
    ['the gateway itself', 'settings', (node) => node.changeLink('antrea-gw0', {up: false})],
  ])('%s: found where it is suspected, and mended', async (_, part, spoil) => {
    const before = node.picture()
    spoil(node)
    expect(await datapath.converge(network)).toEqual({steps: []})
    datapath.suspect([part])
    const {repaired} = await datapath.converge(network)
    expect(node.asked).toEqual([[part]])
    expect(repaired?.parts).toEqual([part])
    expect(repaired?.deviations).not.toEqual([])
    expect(node.picture()).toEqual(before)
    datapath.suspect(parts)
    expect(await datapath.converge(network)).toEqual({steps: []})
  })

  test('single flows are mended without a dump, when the switch has told of them', async () => {
    const before = node.picture()
    const [first, second] = [...node.flows.values()]
    if (first === undefined || second === undefined) throw new Error('the Node has flows')
    const changed = {...second, actions: ['drop', 'dec_ttl']}
    node.flows.delete(flowKind.key(first))
    node.flows.set(flowKind.key(second), changed)
    node.flows.set(flowKind.key(planted), planted)
    expect(
      datapath.suspectFlow({event: 'removed', table: first.table, flow: {...first, actions: []}, reason: 'delete'}),
    ).toBe(true)
    expect(datapath.suspectFlow({event: 'modified', table: second.table, flow: changed})).toBe(true)
    expect(datapath.suspectFlow({event: 'added', table: planted.table, flow: planted})).toBe(true)
    const {repaired} = await datapath.converge(network)
    expect(repaired?.deviations.map(({problem}) => problem)).toEqual(['missing', 'different', 'extra'])
    expect(node.asked).toEqual([])
    expect(node.picture()).toEqual(before)
  })

  test('changes that do not matter lead to nothing', async () => {
    const [flow] = node.flows.values()
    if (flow === undefined) throw new Error('the Node has flows')
    expect(datapath.suspectFlow({event: 'added', table: flow.table, flow})).toBe(false)
    expect(datapath.suspectFlow({event: 'removed', table: 21, flow: planted, reason: 'delete'})).toBe(false)
    expect(datapath.suspectFlow({event: 'added', table: 21, flow: planted})).toBe(true)
    expect(datapath.suspectFlow({event: 'removed', table: 21, flow: planted, reason: 'delete'})).toBe(false)
    expect(await datapath.converge(network)).toEqual({steps: []})
    datapath.suspectFlow({event: 'unknown'})
    expect(await datapath.converge(network)).toEqual({steps: []})
    expect(node.asked).toEqual([['flows']])
  })

  test('a flood of foreign flows is looked at together', async () => {
    for (let priority = 1; priority <= 1_500; priority++) {
      const flow = {...planted, priority}
      node.flows.set(flowKind.key(flow), flow)
      datapath.suspectFlow({event: 'added', table: 21, flow})
    }
    const {repaired} = await datapath.converge(network)
    expect(repaired?.total).toBe(1_500)
    expect(repaired?.deviations).toHaveLength(500)
    expect(node.asked).toEqual([['flows']])
  })
})

test('after a step that failed everything is looked at, and nothing of that is called a repair', async () => {
  node.refuse = 'bundle'
  const grown = {...network, pods: [...network.pods, examplePod('late', 4, 5)]}
  await expect(datapath.converge(grown)).rejects.toThrow('bundle refused')
  node.refuse = undefined
  const {steps, repaired} = await datapath.converge(grown)
  expect(node.asked).toEqual([['flows', 'routes', 'nft', 'settings', 'pods']])
  expect(steps.map(describeStep)).toEqual(['change flows: 8 put, 0 removed'])
  expect(repaired).toBeUndefined()
})

test('less for the Pods: only the Pods are looked at, their routes and those into tunnels follow, and it is no repair', async () => {
  const route = {to: '0.0.0.0/0', via: '10.244.1.1', dev: 'eth0', protocol: '165', mtu: 1450}
  const ends = {interfaceName: 'client-1a2b3c', netns: '/var/run/netns/client', ifName: 'eth0', takes: 1500}
  node.pods.set(ends.interfaceName, {...ends, routes: [route]})
  const {steps, repaired} = await datapath.converge({...network, podMtu: 1400, tunnelMtu: 1400})
  expect(node.asked).toEqual([['pods']])
  expect(steps.map(({kind}) => kind)).toEqual(['limit-pods', 'tunnel-routes'])
  expect(node.pods.get(ends.interfaceName)?.routes).toEqual([{...route, mtu: 1400}])
  expect(new Set(node.routes.map(({mtu}) => mtu))).toEqual(new Set([undefined, 1400]))
  expect(repaired).toBeUndefined()
  expect(await datapath.drift()).toEqual({total: 0, parts: [], deviations: []})
})

test('noSNAT takes the masquerade away, by one change of the rules', async () => {
  const noSNAT = {...network, noSNAT: true}
  const {steps, repaired} = await datapath.converge(noSNAT)
  expect(steps.map(({kind}) => kind)).toEqual(['ruleset'])
  expect(node.rules).toBe(natRules(hostSettings(noSNAT).nat))
  expect(repaired).toBeUndefined()
})

describe("Open vSwitch's own routes", () => {
  const [own] = network.wiring.transport
  if (own === undefined) throw new Error('the Node has an address')
  const hostMask = {...network, wiring: {...network.wiring, transport: [{...own, prefix: 32}]}}
  const put = 'tunnels leave by 172.30.1.8/29 via 172.30.1.1, 172.30.0.0/22 via 172.30.1.1'

  beforeEach(() => {
    node.routes = [
      ...node.routes,
      {to: '172.30.1.1', dev: 'br-phy', scope: 'link'},
      {to: 'default', via: '172.30.1.1', dev: 'br-phy', onlink: true},
    ]
    datapath.suspect(['routes'])
  })

  test('are put before a flow sends there, and once', async () => {
    const {steps} = await datapath.converge(hostMask)
    expect(steps.map(describeStep)[0]).toBe(put)
    expect((await datapath.converge(hostMask)).steps).toEqual([])
    datapath.suspect(parts)
    expect((await datapath.converge(hostMask)).steps).toEqual([])
    const before = node.ways
    node.ways = []
    datapath.suspect(['routes'])
    expect((await datapath.converge(hostMask)).repaired).toMatchObject({total: 2, parts: ['routes']})
    expect(node.ways).toEqual(before)
    expect((await new Datapath(node.hands).converge(hostMask)).steps).toEqual([])
  })

  test('whom no tunnel reaches is known at once, and over at once', async () => {
    await datapath.converge(hostMask)
    expect(datapath.unreachable).toEqual([])
    const before = node.routes
    node.routes = before.map((route) => (route.to === 'default' ? {...route, dev: 'eth0'} : route))
    datapath.suspect(['routes'])
    await datapath.converge(hostMask)
    const ips = network.peers.map(({transportIp}) => transportIp)
    const why = 'its route leaves by eth0, tunnels by br-phy alone'
    expect(datapath.unreachable).toEqual(ips.map((ip) => ({ip, why})))
    node.routes = before
    datapath.suspect(['routes'])
    await datapath.converge(hostMask)
    expect(datapath.unreachable).toEqual([])
  })

  test('follow the router and the mask, and are put again after a failure', async () => {
    await datapath.converge(hostMask)
    node.routes = node.routes.map((route) => (route.via === '172.30.1.1' ? {...route, via: '172.30.1.2'} : route))
    datapath.suspect(['routes'])
    expect((await datapath.converge(hostMask)).steps.map(describeStep)).toEqual([put.replaceAll('.1.1', '.1.2')])
    node.refuse = 'ways'
    node.routes = node.routes.map((route) => (route.via === '172.30.1.2' ? {...route, via: '172.30.1.1'} : route))
    datapath.suspect(['routes'])
    await expect(datapath.converge(hostMask)).rejects.toThrow('ways refused')
    node.refuse = undefined
    expect((await datapath.converge(hostMask)).steps.map(describeStep)).toEqual([put])
    await datapath.converge(network)
    expect(node.ways.map(({to, via}) => `${to} ${via}`)).toEqual(['0.0.0.0/0 172.30.1.1'])
  })
})
