import {describe as group, expect, test} from 'vitest'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import {ingressRuleset} from '../../src/datapath/host/nft.ts'
import {apply} from '../../src/datapath/plan/apply.ts'
import {planChanges} from '../../src/datapath/plan/changes.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import type {Machine} from '../../src/datapath/plan/machine.ts'
import {desiredState, type ObservedState} from '../../src/datapath/plan/state.ts'
import {exampleNetwork, examplePod} from '../pipeline/example.ts'

const underlay: readonly KernelRoute[] = [
  {to: 'default', via: '172.31.1.1', dev: 'eth0'},
  {to: '172.30.1.0/24', dev: 'br-phy', protocol: 'kernel', scope: 'link'},
  {to: '172.30.2.0/24', via: '172.30.1.1', dev: 'br-phy'},
  // A user's own route to somewhere else stays out of every plan.
  {to: '10.9.0.0/16', via: '172.31.1.1', dev: 'eth0', protocol: 'static'},
]
const links = ['eth0', 'eth1', 'br-phy', 'client-1a2b3c', 'server-1a2b3c'].map((name) => ({name, mtu: 1500}))

test.each<readonly [TrafficMode, TrafficMode, readonly string[]]>([
  ['encap', 'encap', []],
  [
    'encap',
    'hybrid',
    [
      'make the Node know 172.30.1.12 dev br-phy',
      'route 10.244.2.0/24 via 172.30.1.12',
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
      'route 10.244.2.0/24 via 10.244.2.1 through the bridge',
    ],
  ],
  [
    'encap',
    'noEncap',
    [
      'make the Node know 172.30.1.12 dev br-phy',
      'leave 10.244.3.0/24, 10.244.4.0/24 to the fabric',
      'route 10.244.2.0/24 via 172.30.1.12',
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
      'route 10.244.3.0/24 via 10.244.3.1, 10.244.4.0/24 via 10.244.4.1 through the bridge',
    ],
  ],
])('%s to %s', (from, to, lines) => {
  expect(plan(exampleNetwork({mode: from}), exampleNetwork({mode: to}))).toEqual(lines)
})

group('whoever comes and goes', () => {
  const network = exampleNetwork()

  test('a first start puts everything, what receives first', () => {
    const nothing: ObservedState = {flows: [], routes: underlay, sysctls: {'net/ipv4/ip_forward': '1'}, links}
    expect(planChanges(nothing, desiredState(network)).map(({kind}) => kind)).toEqual([
      'sysctls',
      'links',
      'nft',
      'nft',
      'tunnel-neighbours',
      'flows',
      'revalidate',
      'tunnel-routes',
    ])
  })

  test('a peer that is gone: its route last', () => {
    expect(plan(network, {...network, peers: network.peers.slice(1)})).toEqual([
      'replace the nft table inet antctl',
      'change flows: 0 put, 4 removed',
      'wait until the datapath follows the flows',
      'remove the routes to 10.244.2.0/24',
    ])
  })

  test('a Pod more', () => {
    const grown = {...network, pods: [...network.pods, examplePod('late', 4, 5)]}
    expect(plan(network, grown, {links: [...links, {name: 'late-1a2b3c', mtu: 1450}]})).toEqual([
      'replace the nft table netdev antctl',
      'change flows: 7 put, 0 removed',
    ])
  })

  test('a Pod whose device is gone is no reason for nft to refuse the others', () => {
    const have = holding(network)
    const steps = planChanges(
      {...have, links: have.links.filter(({name}) => name !== 'server-1a2b3c')},
      desiredState(network),
    )
    expect(steps).toEqual([{kind: 'nft', table: 'ingress', ruleset: ingressRuleset(['eth1', 'client-1a2b3c'])}])
  })

  test('a flow planted by somebody is removed, a changed one modified, never deleted and added', () => {
    const have = holding(network)
    const [first, ...others] = have.flows
    if (first === undefined) throw new Error('the example has flows')
    const planted = {table: 21, priority: 9000, cookie: 0n, match: {ip: ''}, actions: ['drop']}
    const flows = [{...first, actions: ['drop']}, ...others, planted]
    expect(planChanges({...have, flows}, desiredState(network))).toEqual([
      {kind: 'flows', add: [first], remove: [planted]},
    ])
  })

  test('a route of ours that somebody bent is replaced; one of somebody else to the same Pods is not seen as ours', () => {
    const have = holding(network)
    const bent = have.routes.map((route) => (route.to === '10.244.2.0/24' ? {...route, via: '172.30.1.99'} : route))
    expect(planChanges({...have, routes: bent}, desiredState(network)).map(describe)).toEqual([
      'route 10.244.2.0/24 via 10.244.2.1 through the bridge',
    ])
  })
})

test('apply performs the steps one after the other and stops at the first that fails', async () => {
  const done: string[] = []
  const steps = planChanges(holding(exampleNetwork({mode: 'hybrid'})), desiredState(exampleNetwork()))
  await apply(steps, machine(done))
  expect(done).toEqual(['tunnel neighbours', 'bundle', 'revalidate', 'replace routes'])
  done.length = 0
  await expect(apply(steps, machine(done, 'bundle'))).rejects.toThrow('bundle refused')
  expect(done).toEqual(['tunnel neighbours'])
})

/** What a Node holds once it holds all that `network` wants. */
function holding(network: NodeNetwork): ObservedState {
  const {flows, host} = desiredState(network)
  return {
    flows,
    routes: [...underlay, ...host.routes],
    nft: host.nft,
    ingress: ingressRuleset(host.ingressDevices),
    sysctls: Object.fromEntries(host.sysctls.map(({key, value}) => [key, value])),
    links: [...links, ...host.links],
  }
}

function plan(from: NodeNetwork, to: NodeNetwork, more: Partial<ObservedState> = {}): readonly string[] {
  const have = holding(from)
  const {host} = desiredState(from)
  return planChanges(
    {...have, ...more, ...(more.links && {links: [...more.links, ...host.links]})},
    desiredState(to),
  ).map(describe)
}

function machine(done: string[], refuses?: string): Machine {
  const act = (name: string) => async (): Promise<void> => {
    await Promise.resolve()
    if (name === refuses) throw new Error(`${name} refused`)
    done.push(name)
  }
  return {
    openflow: {bundle: act('bundle')},
    routes: {replace: act('replace routes'), remove: act('remove routes')},
    nft: {put: act('nft')},
    sysctls: {put: act('sysctls')},
    links: {put: act('links')},
    neighbours: {warm: act('warm'), put: act('tunnel neighbours')},
    control: {revalidate: act('revalidate')},
  }
}
