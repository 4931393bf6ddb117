import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import {type BatchSize, defaultPhases, parseBatch, phasesOf} from '../../src/changes/set-mode/phases.ts'

const nodes = (count: number) =>
  Array.from({length: count}, (_, at) => ({
    name: `n${at + 1}`,
    podCidrs: [],
    transport: [{ip: parseIp(`172.30.${at < count / 2 ? 1 : 2}.${(at % 250) + 1}`), prefix: 24}],
  }))
const shown = (count: number, canary: number, batch: BatchSize, isReady: (node: string) => boolean = () => true) =>
  phasesOf(nodes(count), {canary, batch}, isReady).map((phase) => [phase.name, ...phase.nodes].join(' '))

describe('who changes when', () => {
  test.each<[number, number, BatchSize, readonly string[]]>([
    [4, 1, {percent: 25}, ['canary n1', 'batch 1 n3', 'batch 2 n2', 'batch 3 n4']],
    [4, 0, {nodes: 3}, ['batch 1 n1 n3 n2', 'batch 2 n4']],
    [4, 2, {percent: 100}, ['canary n1 n3', 'batch 1 n2 n4']],
    [4, 9, {nodes: 1}, ['canary n1 n3 n2 n4']],
    [1, 1, {percent: 25}, ['canary n1']],
    [0, 1, {percent: 25}, []],
  ])('%i Nodes, canary %i, batch %j', (count, canary, batch, phases) => {
    expect(shown(count, canary, batch)).toEqual(phases)
  })

  test('a Node that is not ready comes last, and is no canary', () => {
    expect(shown(4, 1, {nodes: 2}, (node) => node !== 'n1')).toEqual(['canary n3', 'batch 1 n2 n4', 'batch 2 n1'])
  })

  test('a thousand Nodes take as few steps as four', () => {
    expect(phasesOf(nodes(1000), defaultPhases, () => true).map((phase) => phase.nodes.length)).toEqual([
      1, 250, 250, 250, 249,
    ])
  })

  test('every Node once, whatever is asked', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(70), fc.integer({min: 1, max: 100}), fc.nat(), (count, canary, percent, ready) => {
        const phases = phasesOf(nodes(count), {canary, batch: {percent}}, (node) => node.length % 2 === ready % 2)
        const all = phases.flatMap((phase) => phase.nodes)
        expect(all.toSorted()).toEqual(
          nodes(count)
            .map(({name}) => name)
            .toSorted(),
        )
      }),
    )
  })
})

test.each([
  ['5', {nodes: 5}],
  ['25%', {percent: 25}],
  [' 100% ', {percent: 100}],
])('--batch %s', (text, size) => {
  expect(parseBatch(text)).toEqual(size)
})

test.each(['0', '0%', '101%', '-1', '5.5', '', 'all', '%', '1000000'])('--batch %j is refused', (text) => {
  expect(() => parseBatch(text)).toThrow(/is no size of a batch/u)
})
