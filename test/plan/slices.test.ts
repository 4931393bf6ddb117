import {expect, test} from 'vitest'
import {parseCidr, parseIp} from '../../src/model/address.ts'
import {type ClusterNode, peersOf} from '../../src/model/node.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {changedSlices} from '../../src/datapath/plan/slices.ts'
import {exampleNetwork, examplePod} from '../pipeline/example.ts'
import {ledgerOf} from './ledger-of.ts'

const network = exampleNetwork()
const [near, ...far] = network.peers
if (near === undefined) throw new Error('the example has peers')

test.each<readonly [string, NodeNetwork, readonly string[]]>([
  ['nothing', {...network}, []],
  [
    'equal values in new objects',
    {...network, peers: network.peers.map((peer) => ({...peer})), pods: network.pods.map((pod) => ({...pod}))},
    [],
  ],
  ['a Pod more', {...network, pods: [...network.pods, examplePod('late', 4, 5)]}, ['pod/10.244.1.4']],
  ['a Pod less', {...network, pods: network.pods.slice(1)}, ['pod/10.244.1.2 (empty)']],
  [
    'a Pod on another port',
    {...network, pods: network.pods.map((pod) => ({...pod, ofport: pod.ofport + 9}))},
    ['pod/10.244.1.2', 'pod/10.244.1.3'],
  ],
  [
    'a peer elsewhere',
    {...network, peers: [{...near, transportIp: parseIp('172.30.1.99')}, ...far]},
    ['peer/10.244.2.0/24'],
  ],
  [
    'another podCIDR',
    {...network, peers: [{...near, podCidr: parseCidr('10.244.9.0/24')}, ...far]},
    ['peer/10.244.9.0/24', 'peer/10.244.2.0/24 (empty)'],
  ],
  [
    'another mode',
    {...network, mode: 'hybrid'},
    ['mode', 'peer/10.244.2.0/24', 'peer/10.244.3.0/24', 'peer/10.244.4.0/24'],
  ],
  ['noSNAT, which is no slice', {...network, noSNAT: true}, []],
])('%s', (_, now, expected) => {
  const found = [...changedSlices(network, now)]
  expect(found.map(({owner, slice}) => (Object.keys(slice).length === 0 ? `${owner} (empty)` : owner))).toEqual(
    expected,
  )
})

test('a Pod that has no device yet has its flows, and its guard as soon as there is one', () => {
  const pod = examplePod('late', 4, 5)
  const coming = {...network, pods: [...network.pods, {...pod, hasDevice: false} as const]}
  const guardsOf = (before: NodeNetwork, now: NodeNetwork) =>
    [...changedSlices(before, now)].map(({owner, slice: {flows = [], guards}}) => ({
      owner,
      flows: flows.length,
      guards,
    }))
  const [{flows} = {flows: 0}] = guardsOf(network, coming)
  expect(flows).toBeGreaterThan(0)
  expect(guardsOf(network, coming)).toEqual([{owner: 'pod/10.244.1.4', flows, guards: []}])
  const there = {...network, pods: [...network.pods, pod]}
  expect(guardsOf(coming, there)).toEqual([{owner: 'pod/10.244.1.4', flows, guards: [pod.interfaceName]}])
})

test('a new wiring touches all, and so does the start', () => {
  const rewired = {...network, wiring: {...network.wiring}}
  const all = [...changedSlices(undefined, network)].map(({owner}) => owner)
  expect(all).toHaveLength(4 + network.peers.length + network.pods.length)
  expect([...changedSlices(network, rewired)].map(({owner}) => owner)).toEqual(all.filter((owner) => owner !== 'mode'))
})

test('slice by slice leads where the whole leads', () => {
  const steps: readonly NodeNetwork[] = [
    exampleNetwork({mode: 'noEncap'}),
    {...network, peers: far, pods: []},
    exampleNetwork({mode: 'hybrid', pods: [examplePod('late', 4, 5)]}),
  ]
  const ledger = ledgerOf(network)
  let before = network
  for (const now of steps) {
    for (const {owner, slice} of changedSlices(before, now)) ledger.put(owner, slice)
    before = now
    const whole = ledgerOf(now)
    for (const kind of ['flows', 'routes', 'rules', 'guards', 'podCidrs', 'tunnelEndpoints'] as const)
      expect(new Set<unknown>(ledger[kind].values())).toEqual(new Set<unknown>(whole[kind].values()))
  }
})

test('a Node that claims our own podCIDR gets nothing', () => {
  const thief = {...near, podCidr: network.wiring.podCidr}
  const [{slice} = {slice: undefined}] = changedSlices(network, {...network, peers: [thief, ...network.peers]})
  expect(slice).toEqual({})
})

test('an unchanged Node keeps its PeerNode, so that one change among thousands is found by identity', () => {
  const transport = network.wiring.transport
  const nodes: readonly ClusterNode[] = ['n2', 'n3'].map((name, at) => ({
    name,
    podCidrs: [parseCidr(`10.244.${at + 2}.0/24`)],
    transportIps: [parseIp(`172.30.1.${at + 12}`)],
    ready: true,
  }))
  const before = peersOf('n1', nodes, transport)
  expect(peersOf('n1', nodes, transport)).toBe(before)
  const [first, second] = nodes
  if (first === undefined || second === undefined) throw new Error('two Nodes')
  const after = peersOf('n1', [first, {...second, transportIps: [parseIp('172.30.1.77')]}], transport)
  expect(after[0]).toBe(before[0])
  expect(after[1]).not.toBe(before[1])
  expect(peersOf('n1', nodes, [{ip: parseIp('172.30.2.11'), prefix: 24}])[0]?.sameSubnet).toBe(false)
})
