import {describe, expect, test} from 'vitest'
import {judgeHealth} from '../../src/diagnostics/health/judge.ts'
import type {HealthFacts} from '../../src/diagnostics/health/report.ts'
import {statusLines} from '../../src/ui/status-view.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {agent, fourAgents} from './agents.ts'

const well: HealthFacts = {
  now: new Date('2026-11-23T06:01:00Z'),
  infos: fourAgents,
  nodes: [1, 2, 3, 4].map((number) => ({name: `n${number}`, ready: true})),
  config: 'trafficEncapMode: encap\n',
  networkPolicies: false,
  drifts: fourAgents.map(({metadata: {name}}) => ({node: name, total: 0})),
  silent: [],
}
const condition = (
  type: 'DataplaneReady' | 'ConfigValid' | 'FeatureNotAvailable',
  status: 'True' | 'False',
  message: string,
) => ({
  type,
  status,
  message,
  lastHeartbeatTime: '2026-11-23T06:00:00Z',
})
const [first = agent(1, 1), ...others] = fourAgents
const withCondition = (...more: readonly ReturnType<typeof condition>[]) => [
  {...first, agentConditions: [...first.agentConditions, ...more]},
  ...others,
]

test('a cluster that is well has nothing to say', () => {
  expect(judgeHealth(well)).toMatchObject({
    healthy: true,
    agents: {total: 4, healthy: 4, answering: 4},
    modes: {encap: ['n1', 'n2', 'n3', 'n4']},
    findings: [],
  })
})

describe('what is not as it should be', () => {
  test.each<[string, Partial<HealthFacts>, 'bad' | 'warn' | 'info', RegExp]>([
    [
      'a Node without an agent',
      {nodes: [...(well.nodes ?? []), {name: 'n5', ready: true}]},
      'bad',
      /no agent reports from n5/u,
    ],
    ['no agent at all', {infos: [], drifts: []}, 'bad', /no agent reports/u],
    [
      'an agent that went silent',
      {now: new Date('2026-11-23T06:20:00Z')},
      'bad',
      /n1 is silent: its last report is 20 minutes old/u,
    ],
    [
      'a condition',
      {infos: withCondition(condition('DataplaneReady', 'False', 'no flows'))},
      'bad',
      /n1 is not DataplaneReady: no flows/u,
    ],
    [
      'an API that does not answer',
      {silent: [{node: 'n2', why: 'no answer within 5 s'}]},
      'bad',
      /agent of n2 does not answer: no answer/u,
    ],
    ['a ConfigMap that is refused', {config: 'trafficEncapMode: sideways\n'}, 'bad', /the ConfigMap is refused/u],
    [
      'a refused configuration',
      {infos: withCondition(condition('ConfigValid', 'False', 'line 3: no'))},
      'bad',
      /n1: line 3: no/u,
    ],
    [
      'a change under way',
      {change: {state: 'stopped', from: 'encap', to: 'hybrid'}},
      'warn',
      /from encap to hybrid is not finished \(stopped\)/u,
    ],
    ['drift', {drifts: [{node: 'n3', total: 2}]}, 'warn', /n3 holds 2 things other than it must/u],
    [
      'versions',
      {infos: [{...first, version: '0.2.0'}, ...others]},
      'warn',
      /agents of different versions: 0\.1\.0, 0\.2\.0/u,
    ],
    [
      'modes',
      {infos: [{...first, networkInfo: {...first.networkInfo, trafficEncapMode: 'hybrid'}}, ...others]},
      'warn',
      /hybrid on n1, encap on n2, n3, n4/u,
    ],
    ['policies', {networkPolicies: true}, 'warn', /nobody enforces/u],
    [
      'a feature',
      {infos: withCondition(condition('FeatureNotAvailable', 'True', 'nodePortLocal.enable: not yet'))},
      'info',
      /nodePortLocal/u,
    ],
    ['own values', {infos: ownConfig('antreanodeconfig/n1')}, 'info', /n1 has its own defaultMTU 1300/u],
    ['values that lag', {infos: ownConfig('configmap/antrea-config')}, 'warn', /n1 still runs defaultMTU 1300/u],
  ])('%s', (_what, facts, severity, sentence) => {
    const report = judgeHealth({...well, ...facts})
    const found = report.findings.find((finding) => sentence.test(finding.sentence))
    expect(found).toMatchObject({severity, next: expect.any(String)})
    if (severity === 'bad') expect(report.healthy).toBe(false)
    else expect(report.findings.filter((one) => one.severity === 'bad')).toEqual([])
  })
  test('a change that ended is no news, and what may not be known is no fault', () => {
    const {nodes: _nodes, config: _config, ...rest} = well
    expect(judgeHealth({...rest, networkPolicies: undefined, change: {state: 'undone'}}).findings).toEqual([])
  })
})

function ownConfig(source: string) {
  const config = {
    hash: 'x',
    source: 'configmap/antrea-config',
    values: {defaultMTU: 1300},
    sources: {defaultMTU: source},
  }
  return [{...first, config}, ...others]
}

test('one page, the worst first, in a narrow terminal as well', async () => {
  const report = judgeHealth({
    ...well,
    silent: [{node: 'n2', why: 'no answer within 5 s'}],
    networkPolicies: true,
    drifts: [{node: 'n3', total: 1}],
    infos: withCondition(condition('FeatureNotAvailable', 'True', 'flowExporter.enable: \u001B[2Jnot yet')),
  })
  const page = (width: number | undefined) => statusLines(report, {theme: plainTheme, width}).join('\n')
  await expect(`${page(undefined)}\n\n${page(40)}\n`).toMatchFileSnapshot('../golden/status.txt')
})
