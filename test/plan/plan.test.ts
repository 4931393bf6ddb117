import {describe as group, expect, test} from 'vitest'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import {parseCidr} from '../../src/model/address.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import {natRules} from '../../src/datapath/host/nft.ts'
import {peerTables, type RouteRule, rulesOf} from '../../src/datapath/host/peer-tables.ts'
import type {PodEnds} from '../../src/datapath/host/pod-sizes.ts'
import {hostSettings} from '../../src/datapath/host/state.ts'
import {apply} from '../../src/datapath/plan/apply.ts'
import {planSteps} from '../../src/datapath/plan/changes.ts'
import {compare, type Observed} from '../../src/datapath/plan/compare.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import type {Ledger} from '../../src/datapath/plan/ledger.ts'
import type {Machine} from '../../src/datapath/plan/machine.ts'
import {peerWays} from '../../src/datapath/plan/peer-ways.ts'
import {changedSlices} from '../../src/datapath/plan/slices.ts'
import type {Step} from '../../src/datapath/plan/steps.ts'
import {exampleNetwork, examplePod} from '../pipeline/example.ts'
import {finish, ledgerOf} from './ledger-of.ts'

const underlay: readonly KernelRoute[] = [
  {to: 'default', via: '172.31.1.1', dev: 'eth0'},
  {to: '172.30.1.0/24', dev: 'br-phy', protocol: 'kernel', scope: 'link'},
  {to: '172.30.2.0/24', via: '172.30.1.1', dev: 'br-phy'},
  // A user's own route to somewhere else stays out of every plan.
  {to: '10.9.0.0/16', via: '172.31.1.1', dev: 'eth0', protocol: 'static'},
]
const devices = ['eth0', 'eth1', 'br-phy', 'client-1a2b3c', 'server-1a2b3c']

test.each<readonly [TrafficMode, TrafficMode, readonly string[]]>([
  ['encap', 'encap', []],
  [
    'encap',
    'hybrid',
    [
      'make the Node know 172.30.1.12 dev br-phy',
      'receive answers by either way: 3 flows put',
      'look up table 167 no more',
      'change flows: 1 put, 0 removed',
    ],
  ],
  [
    'hybrid',
    'encap',
    [
      'make the tunnel know 172.30.1.12 dev br-phy',
      'change flows: 1 put, 0 removed',
      'wait until the datapath follows the flows',
      'look up table 167',
    ],
  ],
  [
    'encap',
    'noEncap',
    [
      'make the Node know 172.30.1.12 dev br-phy',
      'receive answers by either way: 9 flows put',
      'look up table 168 and table 167 no more',
      'change flows: 3 put, 0 removed',
    ],
  ],
  [
    'noEncap',
    'hybrid',
    [
      'make the tunnel know 172.30.1.1 dev br-phy',
      'change flows: 2 put, 0 removed',
      'wait until the datapath follows the flows',
      'look up table 168',
    ],
  ],
])('%s to %s', (from, to, lines) => {
  const changed = {...exampleNetwork({mode: to}), ...(from !== to && {formerMode: from})}
  expect(plan(exampleNetwork({mode: from}), changed)).toEqual(lines)
})

test.each<readonly [TrafficMode, TrafficMode, readonly string[]]>([
  ['hybrid', 'encap', ['change flows: 0 put, 3 removed']],
  ['noEncap', 'hybrid', ['change flows: 0 put, 6 removed']],
  ['encap', 'noEncap', []],
])('a minute after %s became %s no answer comes the former way any more', (formerMode, mode, lines) => {
  const network = exampleNetwork({mode})
  expect(plan({...network, formerMode}, network)).toEqual(lines)
})

const holdsNothing = {rules: '', podCidrs: [], guards: [], strayGuards: []}

group('whoever comes and goes', () => {
  const network = exampleNetwork()
  const rules = natRules(hostSettings(network).nat)

  test('a first start puts everything, what receives first', () => {
    const sysctls = {'net/ipv4/ip_forward': '1'}
    const nothing: Observed = {
      flows: [],
      routes: underlay,
      rules: [],
      nft: {...holdsNothing, devices},
      settings: {sysctls, links: []},
    }
    expect(steps(ledgerOf(network), network, nothing).map(({kind}) => kind)).toEqual([
      'sysctls',
      'links',
      'ruleset',
      'guard',
      'tunnel-neighbours',
      'receiving-flows',
      'direct-routes',
      'direct-rules',
      'flows',
      'revalidate',
      'tunnel-routes',
      'tunnel-rules',
    ])
  })

  test('a peer that is gone: its route last of what forwards', () => {
    expect(plan(network, {...network, peers: network.peers.slice(1)})).toEqual([
      'change flows: 0 put, 4 removed',
      'wait until the datapath follows the flows',
      'remove the routes to 10.244.2.0/24',
      'forget the Pod addresses 10.244.2.0/24',
    ])
  })

  test('a Pod more is a guard and a bundle', () => {
    const grown = {...network, pods: [...network.pods, examplePod('late', 4, 5)]}
    expect(plan(network, grown)).toEqual(['let the kernel ignore late-1a2b3c', 'change flows: 8 put, 0 removed'])
    expect(plan(grown, network)).toEqual(['change flows: 0 put, 8 removed', 'take the guard from late-1a2b3c'])
  })

  test('a guard of a Pod whose device is gone is not asked for', () => {
    const podCidrs = ledgerOf(network).podCidrs.values()
    const nft = {...holdsNothing, rules, podCidrs, devices: devices.filter((name) => name !== 'server-1a2b3c')}
    expect(steps(ledgerOf(network), network, {nft})).toEqual([{kind: 'guard', devices: ['eth1', 'client-1a2b3c']}])
  })

  test('of the nft tables what is missing is put, what is not ours removed, and a changed guard made anew', () => {
    const ledger = ledgerOf(network)
    const [first, ...others] = ledger.podCidrs.values()
    const podCidrs = [...others, parseCidr('10.99.0.0/16')]
    const nft = {
      rules,
      podCidrs,
      guards: ['eth1', 'server-1a2b3c'],
      strayGuards: ['ingress', 'client-1a2b3c'],
      devices,
    }
    expect(steps(ledger, network, {nft})).toEqual([
      {kind: 'guard', devices: ['client-1a2b3c']},
      {kind: 'pod-cidrs', podCidrs: [first]},
      {kind: 'remove-pod-cidrs', podCidrs: ['10.99.0.0/16']},
      {kind: 'unguard', devices: ['ingress']},
    ])
  })

  test('a flow planted by somebody is removed, a changed one modified, never deleted and added', () => {
    const ledger = ledgerOf(network)
    const [first, ...others] = ledger.flows.values()
    if (first === undefined) throw new Error('the example has flows')
    const planted = {table: 21, priority: 9000, cookie: 0n, match: {ip: ''}, actions: ['drop']}
    const flows = [{...first, actions: ['drop']}, ...others, planted]
    expect(steps(ledger, network, {flows})).toEqual([{kind: 'flows', add: [first], remove: [planted]}])
  })

  test('a route of ours that somebody bent is replaced; one of somebody else to the same Pods is not seen as ours', () => {
    const ledger = ledgerOf(network)
    const bent = ledger.routes
      .values()
      .map((route) => (route.to === '10.244.2.0/24' ? {...route, via: '172.30.1.99'} : route))
    const foreign = {to: '10.244.3.0/24', via: '172.30.1.7', dev: 'br-phy', protocol: 'static', metric: 7}
    expect(steps(ledger, network, {routes: [...underlay, ...bent, foreign]}).map(describe)).toEqual([
      'route 10.244.2.0/24 via 172.30.1.12',
      'route 10.244.2.0/24 via 10.244.2.1 through the bridge',
    ])
  })

  test.each<readonly [string, (ours: KernelRoute) => readonly KernelRoute[]]>([
    ["somebody's that came before it", (ours) => [{...ours, via: '172.30.1.99', protocol: 'static'}, ours]],
    ['an older one of ours behind it', (ours) => [ours, {...ours, via: '172.30.1.99'}]],
  ])('a route of ours is put again for %s', (_, rivals) => {
    const ledger = ledgerOf(network)
    const routes = ledger.routes.values().flatMap((route) => (route.to === '10.244.2.0/24' ? rivals(route) : route))
    expect(steps(ledger, network, {routes}).map(describe)).toEqual([
      'route 10.244.2.0/24 via 172.30.1.12',
      'route 10.244.2.0/24 via 10.244.2.1 through the bridge',
    ])
  })

  test("somebody's route behind ours is left alone", () => {
    const ledger = ledgerOf(network)
    const routes = ledger.routes.values().flatMap((route) => [route, {...route, protocol: 'static'}])
    expect(steps(ledger, network, {routes})).toEqual([])
  })
})

group('tables and rules of the peers', () => {
  const rulesAmong = (mode: TrafficMode, rules: readonly RouteRule[]) => {
    const network = exampleNetwork({mode})
    return steps(ledgerOf(network), network, {rules}).map(describe)
  }
  const {nearDirect, nearTunnel, farTunnel} = peerTables

  test.each<readonly [TrafficMode, readonly RouteRule[], readonly string[]]>([
    ['encap', [nearDirect], ['look up table 168 and table 167']],
    ['encap', [nearTunnel, farTunnel], ['look up table 166']],
    ['hybrid', rulesOf('encap'), ['make the Node know 172.30.1.12 dev br-phy', 'look up table 167 no more']],
    ['noEncap', [nearDirect, {...nearDirect, priority: 7}], ['look up table 166 no more']],
  ])('%s: a rule too few or too many: %j', (mode, rules, lines) => {
    expect(rulesAmong(mode, rules)).toEqual(lines)
  })

  test('routes of an earlier version in the main table go when those of the tables count', () => {
    const network = exampleNetwork({mode: 'encap'})
    const ledger = ledgerOf(network)
    const main = ledger.routes.values().map(({to, dev, via = ''}) => ({to, dev, via, protocol: '165'}))
    expect(steps(ledger, network, {routes: [...underlay, ...main], rules: []}).map(({kind}) => kind)).toEqual([
      'direct-routes',
      'direct-rules',
      'tunnel-routes',
      'tunnel-rules',
      'remove-routes',
    ])
  })
})

group("upstream's route into the tunnel", () => {
  const leftover: KernelRoute = {
    to: '10.244.3.0/24',
    via: '10.244.3.1',
    dev: 'antrea-gw0',
    onlink: true,
    protocol: 'boot',
  }
  const stepsFor = (mode: TrafficMode, routes: readonly KernelRoute[]) => {
    const network = exampleNetwork({mode})
    const ledger = ledgerOf(network)
    return steps(ledger, network, {routes: [...underlay, ...ledger.routes.values(), ...routes]}).map(describe)
  }

  test('goes at once where the fabric is to route: it would hide its way', () => {
    expect(stepsFor('noEncap', [leftover])).toEqual(['leave 10.244.3.0/24 to the fabric'])
  })

  test('goes last where ours takes its place', () => {
    expect(stepsFor('encap', [leftover])).toEqual(['remove the routes to 10.244.3.0/24'])
  })

  test.each<readonly [string, Partial<KernelRoute>]>([
    ['of a routing daemon', {protocol: 'bird'}],
    ['by another device', {dev: 'eth0'}],
    ['that is not onlink', {onlink: false}],
  ])("a user's %s stays", (_, change) => {
    expect(stepsFor('noEncap', [{...leftover, ...change}])).toEqual([])
  })
})

group('what Pods may send', () => {
  const pods = [podOf(1500), {...podOf(1500), interfaceName: 'server-1a2b3c', netns: '/var/run/netns/server'}]

  function podOf(mtu: number): PodEnds {
    const route = {to: '0.0.0.0/0', via: '10.244.1.1', dev: 'eth0', protocol: '165', mtu}
    return {
      interfaceName: 'client-1a2b3c',
      netns: '/var/run/netns/client',
      ifName: 'eth0',
      takes: 1500,
      routes: [route],
    }
  }

  function change(from: Partial<NodeNetwork>, to: Partial<NodeNetwork>, observed: Observed): readonly Step[] {
    const [before, after] = [exampleNetwork(from), exampleNetwork(to)]
    return stepsOfChange(ledgerOf(before), before, after, observed)
  }

  test('shrinks before a packet more is tunnelled', () => {
    const kinds = change({mode: 'noEncap', podMtu: 1500}, {mode: 'encap', podMtu: 1450}, {pods}).map(({kind}) => kind)
    expect(kinds[0]).toBe('limit-pods')
    expect(kinds).toContain('flows')
  })

  test('grows when the datapath has followed, and the last packet was tunnelled', () => {
    const small = pods.map((pod) => ({...pod, routes: podOf(1450).routes}))
    const steps = change({mode: 'encap', podMtu: 1450}, {mode: 'noEncap', podMtu: 1500}, {pods: small})
    expect(steps.slice(-3).map(describe)).toEqual([
      'change flows: 3 put, 0 removed',
      'wait until the datapath follows the flows',
      'let client-1a2b3c send 1500 bytes, server-1a2b3c send 1500 bytes',
    ])
  })

  test("a Pod of upstream's agent takes more from now on, and sends as much as before", () => {
    const [
      {
        routes: [route],
        ...pod
      },
    ] = [podOf(1450)]
    const theirs = {
      ...pod,
      takes: 1450,
      routes: route === undefined ? [] : [{to: route.to, via: '10.244.1.1', dev: 'eth0'}],
    }
    expect(change({}, {}, {pods: [theirs]}).map(describe)).toEqual(['let client-1a2b3c send 1450 and take 1500 bytes'])
  })
})

test('apply performs the steps one after the other and stops at the first that fails', async () => {
  const done: string[] = []
  const ledger = ledgerOf(exampleNetwork({mode: 'hybrid'}))
  const change = stepsOfChange(ledger, exampleNetwork({mode: 'hybrid'}), exampleNetwork())
  await apply(change, machine(done))
  expect(done).toEqual(['tunnel neighbours', 'bundle', 'revalidate', 'put rules'])
  done.length = 0
  await expect(apply(change, machine(done, 'bundle'))).rejects.toThrow('bundle refused')
  expect(done).toEqual(['tunnel neighbours'])
})

function plan(from: NodeNetwork, to: NodeNetwork): readonly string[] {
  return stepsOfChange(ledgerOf(from), from, to).map(describe)
}

/** What an event leads to where everything is in force. */
function stepsOfChange(ledger: Ledger, from: NodeNetwork, to: NodeNetwork, observed: Observed = {}): readonly Step[] {
  for (const {owner, slice} of changedSlices(from, to)) ledger.put(owner, slice)
  return steps(ledger, to, observed)
}

function steps(ledger: Ledger, network: NodeNetwork, observed: Observed): readonly Step[] {
  return planSteps(finish(compare({ledger, settings: hostSettings(network)}, observed, ledger.take())), {
    underlay,
    transportDevice: network.wiring.transportDevice,
    ...peerWays(ledger),
  })
}

function machine(done: string[], refuses?: string): Machine {
  const act = (name: string) => async (): Promise<void> => {
    await Promise.resolve()
    if (name === refuses) throw new Error(`${name} refused`)
    done.push(name)
  }
  return {
    openflow: {bundle: act('bundle'), putMeters: act('meters'), removeMeters: act('remove meters')},
    routes: {put: act('put routes'), remove: act('remove routes')},
    rules: {put: act('put rules'), remove: act('remove rules')},
    nft: {
      put: act('nft'),
      guard: act('guard'),
      unguard: act('unguard'),
      addPodCidrs: act('add podCIDRs'),
      removePodCidrs: act('remove podCIDRs'),
    },
    sysctls: {put: act('sysctls')},
    links: {put: act('links')},
    pods: {limit: act('limit pods'), free: act('free pods')},
    tunnelWays: {put: act('tunnel ways')},
    neighbours: {warm: act('warm'), put: act('tunnel neighbours')},
    control: {revalidate: act('revalidate')},
  }
}
