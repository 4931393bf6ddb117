import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {pairsOf} from '../../src/model/pair-group.ts'
import {probeLimits, probeLoad, type ProbeResult} from '../../src/model/probe.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import type {NodeFacts} from '../../src/cluster/node-facts.ts'
import {judgePreflight} from '../../src/changes/preflight/judge.ts'
import {ordersFor} from '../../src/changes/preflight/orders.ts'
import {assertPassed, preflight} from '../../src/changes/preflight/run.ts'
import {samplePairs} from '../../src/changes/preflight/sample.ts'
import {drawPlan} from '../../src/changes/set-mode/plan.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {fakeApi} from '../diagnostics/probe-api.ts'
import {awsIds, byDefaultRoute, cloudNodes, manyAgents} from './clusters.ts'

function planned(from: TrafficMode, to: TrafficMode, nodes?: ReadonlyMap<string, NodeFacts>) {
  const podMTU = from === 'noEncap' ? 1500 : 1450
  const infos = fourAgents.map((info) => ({
    ...info,
    networkInfo: {...info.networkInfo, trafficEncapMode: from, podMTU},
  }))
  return drawPlan({config: `trafficEncapMode: ${from}\n`, infos, ways: byDefaultRoute(), ...(nodes && {nodes})}, to)
}

describe('which pairs are tried', () => {
  test('few: all of them, with what they become', () => {
    const {pairs, nodes} = planned('encap', 'hybrid')
    const names = nodes.map(({node}) => node)
    expect(samplePairs(pairs.groups, names)).toEqual([
      {from: 'n1', to: 'n2', becomes: 'routed'},
      {from: 'n2', to: 'n1', becomes: 'routed'},
      {from: 'n3', to: 'n4', becomes: 'routed'},
      {from: 'n4', to: 'n3', becomes: 'routed'},
    ])
  })

  test('many: each Node sends and is sent to in every manner, and what is tried is a pair that changes', () => {
    fc.assert(
      fc.property(fc.integer({min: 20, max: 90}), (count) => {
        const {pairs, nodes} = drawPlan({config: 'trafficEncapMode: encap\n', infos: manyAgents(count)}, 'noEncap')
        const names = nodes.map(({node}) => node)
        const sample = samplePairs(pairs.groups, names)
        for (const becomes of ['routed', 'fabric']) {
          const own = pairs.groups.filter((group) => group.becomes === becomes)
          const all = own.flatMap((group) => [...pairsOf(group, names)])
          const tried = sample.filter((pair) => pair.becomes === becomes)
          for (const end of ['from', 'to'] as const)
            expect(new Set(tried.map((pair) => pair[end]))).toEqual(new Set(all.map((pair) => pair[end])))
          const known = new Set(all.map(({from, to}) => `${from} ${to}`))
          expect(tried.filter(({from, to}) => !known.has(`${from} ${to}`))).toEqual([])
        }
      }),
      {numRuns: 20},
    )
  })

  test('a thousand Nodes are tried in some dozen sessions', () => {
    const {pairs, nodes} = drawPlan({config: 'trafficEncapMode: encap\n', infos: manyAgents(1000)}, 'noEncap')
    const sample = samplePairs(
      pairs.groups,
      nodes.map(({node}) => node),
    )
    expect(sample.length).toBeLessThan(4_000)
    expect(ordersFor(sample, undefined).length).toBeLessThan(20)
  })

  test('every session is within the budget of every agent, and none is left out', () => {
    const pair = fc.tuple(fc.nat(12), fc.nat(12)).filter(([a, b]) => a !== b)
    fc.assert(
      fc.property(fc.uniqueArray(pair, {selector: String, maxLength: 120}), (drawn) => {
        const pairs = drawn.map(([from, to]) => ({from: `n${from}`, to: `n${to}`}))
        const orders = ordersFor(pairs, 1500)
        expect(orders.flatMap((order) => order.pairs).toSorted(byEnds)).toEqual(pairs.toSorted(byEnds))
        for (const order of orders) {
          expect(order.pairs.length).toBeLessThanOrEqual(probeLimits.pairs)
          expect(order.packetsPerSecond).toBeGreaterThanOrEqual(50)
          for (let node = 0; node < 13; node++)
            expect(probeLoad(`n${node}`, order)).toBeLessThanOrEqual(probeLimits.budget)
        }
      }),
    )
  })
})

interface End {
  readonly from: string
  readonly to: string
}
function byEnds(a: End, b: End): number {
  return `${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1
}

/** What each form brings back on every pair: how many of 100 are lost, and the largest packet. */
type Wire = Readonly<Record<'routed' | 'tunnelled', readonly [lost: number, mtu: number]>>
const good: Wire = {routed: [0, 1500], tunnelled: [0, 1450]}

function judged(from: TrafficMode, to: TrafficMode, wire: (pair: End) => Wire, nodes?: ReadonlyMap<string, NodeFacts>) {
  const plan = planned(from, to, nodes)
  const pairs = samplePairs(
    plan.pairs.groups,
    plan.nodes.map(({node}) => node),
  )
  const results = pairs.flatMap((pair): readonly ProbeResult[] =>
    (['routed', 'tunnelled'] as const).map((form) => {
      const [lost, mtu] = wire(pair)[form]
      return {...pair, form, sent: 100, lost, longestGap: 0, mtu}
    }),
  )
  return judgePreflight(plan, pairs, {results, silent: []})
}

const dead = [100, 0] as const
test.each<[TrafficMode, TrafficMode, Wire, string | undefined, RegExp | undefined]>([
  ['encap', 'hybrid', good, undefined, undefined],
  ['encap', 'noEncap', good, undefined, undefined],
  ['noEncap', 'encap', good, undefined, undefined],
  [
    'encap',
    'hybrid',
    {...good, routed: dead},
    'addresses-dropped',
    /drops packets with Pods' addresses from n1 to n2/u,
  ],
  ['encap', 'hybrid', {routed: dead, tunnelled: dead}, 'cut', /nothing passes from n1 to n2/u],
  ['hybrid', 'noEncap', {...good, routed: dead}, 'routers-ignorant', /routers do not take packets from Pods on n1/u],
  ['noEncap', 'encap', {...good, tunnelled: dead}, 'tunnel-blocked', /tunnelled packets do not pass from n1 to n2/u],
  ['encap', 'noEncap', {...good, routed: [0, 1400]}, 'mtu-too-small', /passes 1400 bytes, and Pods would send 1500/u],
  ['noEncap', 'encap', {...good, tunnelled: [0, 1400]}, 'mtu-too-small', /passes 1400 bytes, .* would send 1450/u],
  ['encap', 'hybrid', {...good, routed: [30, 1500]}, 'lossy', /more than a tenth/u],
  ['encap', 'hybrid', {...good, routed: [3, 1500]}, undefined, undefined],
])('%s to %s over %j: %s', (from, to, wire, reason, sentence) => {
  const report = judged(from, to, () => wire)
  expect(report.tried).toBe(report.changed)
  expect(new Set(report.failures.map((failure) => failure.reason))).toEqual(
    new Set(reason === undefined ? [] : [reason]),
  )
  if (sentence === undefined) expect(() => assertPassed(report)).not.toThrow()
  else
    expect(() => assertPassed(report)).toThrow(
      expect.objectContaining({code: 'PREFLIGHT_FAILED', message: expect.stringMatching(sentence)}),
    )
})

test('the pairs that fail are named, and no other; routers get the command for that podCIDR', () => {
  const report = judged('hybrid', 'noEncap', ({to}) => (to === 'n3' ? {...good, routed: dead} : good))
  expect(report.refusals).toEqual([
    expect.objectContaining({
      id: 'way-unknown-to-routers',
      sentence: expect.stringMatching(/: n1 → n3, n2 → n3$/u),
      remedy: expect.arrayContaining(['ip route add 10.244.3.0/24 via 172.30.2.13 on 172.30.1.1']),
    }),
  ])
})

test("on AWS the cloud's own command comes first", () => {
  const report = judged('encap', 'hybrid', () => ({...good, routed: dead}), cloudNodes(awsIds))
  expect(report.refusals[0]?.remedy[0]).toBe(
    'aws ec2 modify-instance-attribute --region eu-west-1 --instance-id i-0a1b2c3d4e5f60001 --no-source-dest-check',
  )
})

test('a Node whose agent takes no part fails, unless it is known not to be ready', () => {
  const pairs = [{from: 'n1', to: 'n2', becomes: 'routed'}] as const
  const seen = {results: [], silent: [{node: 'n2', reason: 'it is busy'}]}
  const [refusal] = judgePreflight(planned('encap', 'hybrid'), pairs, seen).refusals
  expect(refusal?.sentence).toBe('the new way from n1 to n2 could not be tried: n2: it is busy: n1 → n2')
  const away = new Map([['n2', {name: 'n2', ready: false, cordoned: false, labels: {}}]])
  expect(judgePreflight(planned('encap', 'hybrid', away), pairs, seen).refusals).toEqual([])
})

test('one session for four Nodes, which asks for what Pods will send, and is deleted', async () => {
  const plan = planned('encap', 'noEncap')
  const addresses = {live: '10.244.1.9', routed: '10.244.1.10', tunnelled: '10.244.1.11'}
  const parts = ['n1', 'n2', 'n3', 'n4'].map((from, _at, all) => {
    const results = all
      .filter((to) => to !== from)
      .flatMap((to) =>
        (['routed', 'tunnelled'] as const).map((form) => ({
          from,
          to,
          form,
          sent: 83,
          lost: 0,
          longestGap: 0,
          mtu: 1500,
        })),
      )
    return [from, {state: 'done', addresses, results}] as const
  })
  const {api, calls, ordered} = fakeApi(Object.fromEntries(parts))
  const report = await preflight(plan, api, {signal: new AbortController().signal})
  expect(report).toEqual({version: 1, tried: 12, changed: 12, failures: [], silent: [], refusals: []})
  expect(ordered()).toMatchObject({forms: ['routed', 'tunnelled'], packetsPerSecond: 83, seconds: 1, largest: 1500})
  expect(calls).toEqual(['post', 'get probe-7', 'delete probe-7'])
})
