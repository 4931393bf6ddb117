import {describe, expect, test} from 'vitest'
import type {AgentInfo} from '../../src/model/agent-info.ts'
import type {PathFaultKind, PathKind} from '../../src/model/path.ts'
import type {ProbeResult} from '../../src/model/probe.ts'
import {judgeProbes} from '../../src/diagnostics/paths/gather.ts'
import type {PairFindings} from '../../src/diagnostics/paths/pair-faults.ts'
import {predictPaths} from '../../src/diagnostics/paths/predict.ts'
import {rowsOf} from '../../src/diagnostics/paths/rows.ts'
import {findingKey, pathTable} from '../../src/diagnostics/paths/table.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {pathLines} from '../../src/ui/path-view.ts'
import {agent, fourAgents} from './agents.ts'

const changed = (number: number, subnet: number, network: AgentInfo['networkInfo']) => {
  const info = agent(number, subnet)
  return {...info, networkInfo: {...info.networkInfo, ...network}}
}
const inMode = (mode: string) =>
  fourAgents.map((info) => ({...info, networkInfo: {...info.networkInfo, trafficEncapMode: mode}}))
const predicted = {installed: false, observed: false}
const tablesOf = (
  infos: readonly AgentInfo[],
  findings: ReadonlyMap<string, PairFindings> = new Map(),
  asked = predicted,
) => predictPaths(infos, undefined).map((one) => pathTable(one, findings, asked))

describe('predicted', () => {
  test.each<[string, PathKind, PathKind]>([
    ['encap', 'tunnelled', 'tunnelled'],
    ['hybrid', 'routed', 'tunnelled'],
    ['noEncap', 'routed', 'fabric'],
  ])('in %s: to a neighbour %s, across the router %s', (mode, near, far) => {
    const rows = rowsOf(tablesOf(inMode(mode)))
    expect(rows).toHaveLength(12)
    const kind = (from: string, to: string) => rows.find((row) => row.from === from && row.to === to)?.predicted
    expect([kind('n1', 'n2'), kind('n1', 'n3'), kind('n4', 'n3')]).toEqual([near, far, near])
    expect(rows.flatMap(({faults}) => faults)).toEqual([])
  })
  test('of a Node that does not say its mode, by the ConfigMap, or not at all', () => {
    const silent = fourAgents.map((info) => {
      const {transportInterfaceIPs = []} = info.networkInfo
      return {...info, networkInfo: {transportInterfaceIPs}}
    })
    const kindsBy = (mode: 'hybrid' | undefined) =>
      predictPaths(silent, mode).flatMap((one) =>
        rowsOf([pathTable(one, new Map(), predicted)]).map((row) => row.predicted),
      )
    expect(new Set(kindsBy(undefined))).toEqual(new Set(['unknown']))
    expect(new Set(kindsBy('hybrid'))).toEqual(new Set(['routed', 'tunnelled']))
  })
})

describe('what is odd', () => {
  const why = 'the flow says so'
  const oneWay = [
    changed(1, 1, {trafficEncapMode: 'hybrid', transportInterfaceIPs: ['172.30.1.11/16']}),
    changed(3, 2, {trafficEncapMode: 'hybrid'}),
  ]
  test.each<[string, readonly AgentInfo[], PairFindings | undefined, readonly PathFaultKind[]]>([
    ['nothing', inMode('hybrid'), undefined, []],
    [
      'flow and route differ from what modes say',
      inMode('encap'),
      {installed: {class: 'routed', why}},
      ['disagreement', 'asymmetry'],
    ],
    ['nothing leads there', inMode('encap'), {installed: {class: 'broken', why}}, ['broken']],
    [
      'no probe comes back',
      inMode('encap'),
      {installed: {class: 'tunnelled', why}, observed: {kind: 'broken', why}},
      ['broken'],
    ],
    ['a router that may know is no disagreement', inMode('noEncap'), {installed: {class: 'fabric', why}}, []],
    [
      'full size does not come through',
      inMode('encap'),
      {installed: {class: 'tunnelled', why}, observed: {kind: 'tunnelled', why, mtu: 1400}},
      ['mtu'],
    ],
    ['masks', oneWay, undefined, ['asymmetry', 'mask']],
    ['modes', [changed(1, 1, {trafficEncapMode: 'hybrid'}), changed(2, 1, {})], undefined, ['asymmetry']],
    ['sizes', [changed(1, 1, {}), changed(2, 1, {transportInterfaceMTU: 1400})], undefined, ['mtu']],
  ])('%s', (_, infos, findings, kinds) => {
    const peer = infos[1]?.nodeSubnets[0] ?? ''
    const all = new Map(findings === undefined ? [] : [[findingKey('n1', peer), findings]])
    const asked = {installed: findings?.installed !== undefined, observed: findings?.observed !== undefined}
    const row = rowsOf(tablesOf(infos, all, asked)).find(({from, podCidr}) => from === 'n1' && podCidr === peer)
    // What is not told of the way back is no reason for anything.
    expect(row?.faults.map(({kind}) => kind).filter((kind) => kind !== 'asymmetry' || findings === undefined)).toEqual(
      kinds.filter((kind) => kind !== 'asymmetry' || findings === undefined),
    )
  })
})

test.each<[string, Partial<Record<ProbeResult['form'], number>>, string | undefined, PathKind]>([
  ['all forms come through: as the flows say', {live: 0, routed: 0, tunnelled: 0}, 'routed', 'routed'],
  ['only the tunnel does', {live: 0, routed: 10, tunnelled: 0}, 'tunnelled', 'tunnelled'],
  ['only without the tunnel', {live: 0, routed: 0, tunnelled: 10}, 'fabric', 'fabric'],
  ['the live form does not', {live: 10, routed: 0, tunnelled: 0}, 'tunnelled', 'broken'],
  ['flows that are not told', {live: 0, routed: 0, tunnelled: 0}, undefined, 'unknown'],
])('probes: %s', (_, lost, installed, kind) => {
  const results = (['live', 'routed', 'tunnelled'] as const).map((form): ProbeResult => ({
    from: 'n1',
    to: 'n2',
    form,
    sent: 10,
    lost: lost[form] ?? 0,
    longestGap: 0,
    mtu: 1450,
  }))
  const [live] = results
  expect(live && judgeProbes(live, results, installed).kind).toBe(kind)
})

describe('as a person sees it', () => {
  const plain = {theme: plainTheme, width: 80}
  const text = (lines: readonly string[]) => `${lines.join('\n')}\n`
  const masks = [
    ...inMode('hybrid').slice(1),
    changed(1, 1, {trafficEncapMode: 'hybrid', transportInterfaceIPs: ['172.30.1.11/16']}),
  ]
  const many = Array.from({length: 60}, (_, at) =>
    agent(at + 1, 1 + (at % 3), {nodeRef: {name: `ip-10-0-0-${at}.example.internal`}}),
  )
  test.each<[string, readonly AgentInfo[], object]>([
    ['matrix', inMode('hybrid'), plain],
    ['masks', masks, plain],
    ['wide', inMode('hybrid').slice(0, 2), {...plain, width: 200, wide: true}],
    ['groups', many, plain],
  ])('%s', async (name, infos, view) => {
    const tables = tablesOf(infos)
    const lines = pathLines(tables, rowsOf(tables), {...plain, ...view})
    await expect(text(lines)).toMatchFileSnapshot(`../golden/paths-${name}.txt`)
  })
})
