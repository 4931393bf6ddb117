import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {AgentInfo} from '../../src/model/agent-info.ts'
import {pairsOf} from '../../src/model/pair-group.ts'
import {type TrafficMode, trafficModeNames} from '../../src/model/traffic-mode.ts'
import {expectedWays} from '../../src/changes/set-mode/expected-classes.ts'
import {changedPairs} from '../../src/changes/set-mode/pair-groups.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import {agent} from '../diagnostics/agents.ts'

const modes = fc.constantFrom(...trafficModeNames)
const drawnNode = fc.record({
  subnet: fc.integer({min: 0, max: 2}),
  prefix: fc.constantFrom(16, 24, 24, 24, 28, 32),
  from: modes,
  to: modes,
})

function infoOf(at: number, {subnet, prefix}: {readonly subnet: number; readonly prefix: number}): AgentInfo {
  const info = agent(at + 1, 1)
  return {...info, networkInfo: {...info.networkInfo, transportInterfaceIPs: [`172.30.${subnet}.${at + 10}/${prefix}`]}}
}

/** Pair by pair, as each agent decides for itself. */
function oneByOne(infos: readonly AgentInfo[], modeOf: (at: number) => {from: TrafficMode; to: TrafficMode}) {
  return infos.flatMap((info, at) => {
    const {from, to} = modeOf(at)
    const name = info.metadata.name
    const after = expectedWays(infos)(name, to)
    return expectedWays(infos)(name, from).flatMap(({to: peer, class: was}) => {
      const becomes = after.find((way) => way.to === peer)?.class
      return was === becomes ? [] : [`${name} ${peer} ${was} ${becomes ?? ''}`]
    })
  })
}

test('the groups are exactly the pairs that change, whatever the masks and modes', () => {
  fc.assert(
    fc.property(fc.array(drawnNode, {minLength: 1, maxLength: 12}), (drawn) => {
      const infos = drawn.map((node, at) => infoOf(at, node))
      const names = infos.map(({metadata}) => metadata.name)
      const modeOf = (at: number) => drawn[at] ?? {from: 'encap', to: 'encap'}
      const {groups, changed, all} = changedPairs(underlayOf(infos).nodes, (node) => modeOf(names.indexOf(node)))
      const pairs = groups.flatMap((group) =>
        [...pairsOf(group, names)].map(({from, to}) => `${from} ${to} ${group.was} ${group.becomes}`),
      )
      expect(pairs.toSorted()).toEqual(oneByOne(infos, modeOf).toSorted())
      expect([changed, all]).toEqual([pairs.length, names.length * (names.length - 1)])
      expect(groups.map(({count}) => count)).toEqual(groups.map((group) => [...pairsOf(group, names)].length))
    }),
  )
})

test('a Node without a podCIDR or an address is in no pair', () => {
  const infos = [1, 2, 3, 4].map((number) => agent(number, 1))
  const [first, second, third, fourth] = infos
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error('four')
  const bare = {...second, nodeSubnets: []}
  const silent = {...third, networkInfo: {trafficEncapMode: 'encap'}}
  const {nodes} = underlayOf([first, bare, silent, fourth])
  const {groups, all} = changedPairs(nodes, () => ({from: 'encap', to: 'hybrid'}))
  expect(all).toBe(2)
  expect(groups).toEqual([
    {family: 4, from: ['n1', 'n4'], to: {only: ['n1', 'n4']}, was: 'tunnelled', becomes: 'routed', count: 2},
  ])
})

test('a Node that does not say its mode has unknown ways before', () => {
  const infos = [agent(1, 1), agent(2, 1)]
  const {groups} = changedPairs(underlayOf(infos).nodes, (node) => ({
    from: node === 'n1' ? 'unknown' : 'hybrid',
    to: 'hybrid',
  }))
  expect(groups.map(({from, was, becomes}) => [...from, was, becomes])).toEqual([['n1', 'unknown', 'routed']])
})
