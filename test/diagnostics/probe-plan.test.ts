import fc from 'fast-check'
import {expect, test} from 'vitest'
import {probeFormNames, probeLimits, probeLoad} from '../../src/model/probe.ts'
import {leastRate, planLight, planProbes} from '../../src/diagnostics/probes/plan.ts'

const named = (count: number) => Array.from({length: count}, (_, at) => `n${at + 1}`)

test.each([
  [2, 1, 2, 250],
  [4, 1, 12, 166],
  [4, 2, 12, 83],
  [4, 3, 12, 55],
  [5, 3, 15, 55],
  [100, 3, 300, 55],
  [1000, 1, 10_000, 50],
])('%i Nodes, %i forms: %i pairs of %i packets a second', (nodes, forms, pairs, rate) => {
  const plan = planProbes({nodes: named(nodes), forms: probeFormNames.slice(0, forms), seconds: 3})
  expect(plan.orders.flatMap((order) => order.pairs)).toHaveLength(pairs)
  expect(plan.orders[0]?.packetsPerSecond).toBe(rate)
  expect(plan.allPairs).toBe(nodes * (nodes - 1))
  expect(plan.resolution).toBeCloseTo(1_000 / rate)
})

test('whatever the size: within the budget, no pair twice or with itself, every Node sends and is sent to', () => {
  fc.assert(
    fc.property(fc.integer({min: 2, max: 120}), fc.integer({min: 1, max: 3}), (size, forms) => {
      const nodes = named(size)
      const {orders} = planProbes({nodes, forms: probeFormNames.slice(0, forms), seconds: 1})
      const pairs = orders.flatMap((order) => order.pairs)
      expect(new Set(pairs.map(({from, to}) => `${from} ${to}`)).size).toBe(pairs.length)
      expect(pairs.some(({from, to}) => from === to)).toBe(false)
      expect(new Set(pairs.map(({from}) => from)).size).toBe(size)
      expect(new Set(pairs.map(({to}) => to)).size).toBe(size)
      for (const order of orders) {
        expect(order.pairs.length).toBeLessThanOrEqual(probeLimits.pairs)
        expect(order.packetsPerSecond).toBeGreaterThanOrEqual(leastRate)
        for (const node of nodes) expect(probeLoad(node, order)).toBeLessThanOrEqual(probeLimits.budget)
      }
    }),
    {numRuns: 60},
  )
})

test('one Node is no pair', () => {
  expect(() => planProbes({nodes: ['n1'], forms: ['live'], seconds: 1})).toThrow('no pair of Nodes')
})

test('whoever only looks on has a few pairs of Nodes from the whole list probed, rarely', () => {
  const [few, many] = [planLight(named(4)), planLight(named(500))].map(({orders}) => orders[0])
  expect([few?.pairs.length, few?.packetsPerSecond]).toEqual([12, 10])
  expect([...new Set(many?.pairs.map(({from}) => from))]).toEqual(['n1', 'n84', 'n167', 'n251', 'n334', 'n417'])
  expect(many && probeLoad('n84', many)).toBe(100)
})
