import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {exitCodes} from '../../src/model/errors.ts'
import type {AgentInfo} from '../../src/model/agent-info.ts'
import type {ModeCheck} from '../../src/diagnostics/mode/check.ts'
import {judgeAccount, judgeLoss, type ModeAccount, unknownAccount} from '../../src/diagnostics/mode/judge.ts'
import type {PairPath} from '../../src/diagnostics/paths/pair.ts'
import type {ProbeResult} from '../../src/model/probe.ts'
import {expectedWays} from '../../src/changes/set-mode/expected-classes.ts'
import {modeCheckJunit, modeCheckLines} from '../../src/ui/mode-check-view.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {faultsOf, publishedSchema} from '../json-schema.ts'
import {agent, fourAgents} from './agents.ts'

const wish = {expected: 'hybrid', hash: 'abc', maxLoss: 0} as const
const infos = fourAgents.map((info) => inMode(info, 'hybrid'))

function inMode(info: AgentInfo, trafficEncapMode: string): AgentInfo {
  return {
    ...info,
    networkInfo: {...info.networkInfo, trafficEncapMode},
    config: {hash: 'abc', source: 'configmap/antrea-config'},
  }
}

/** n1 as it must be in hybrid, and what is otherwise. */
function account(change: Partial<ModeAccount> = {}): ModeAccount {
  const wanted = expectedWays(infos)('n1', 'hybrid')
  const paths: readonly PairPath[] = wanted.map(({to, podCidr, class: path}) => ({
    from: 'n1',
    to,
    podCidr,
    class: path,
    why: 'L3Forwarding says so',
    route: {to: podCidr, dev: path === 'tunnelled' ? 'antrea-gw0' : 'eth1'},
  }))
  const drift = {comparedAt: '2026-11-27T12:00:00Z', total: 0, deviations: []}
  return {info: infos[0] ?? agent(1, 1), drift, paths, wanted, ...change}
}
const troubles = (change: Partial<ModeAccount>) =>
  judgeAccount('n1', account(change), wish).flatMap(({question, result, sentence}) =>
    result === 'ok' ? [] : [`${question} ${result}: ${sentence}`],
  )

test('a Node that is in the mode', () => {
  expect(
    judgeAccount('n1', account(), wish).map(({question, result, sentence}) => [question, result, sentence]),
  ).toEqual([
    ['mode', 'ok', 'runs hybrid'],
    ['configuration', 'ok', 'runs the ConfigMap as it stands'],
    ['drift', 'ok', 'flows, routes and settings are as they must be'],
    ['ways', 'ok', '3 ways are as the mode wants'],
  ])
})

const [near, ...others] = account().paths
const first = infos[0] ?? agent(1, 1)
test.each<[string, Partial<ModeAccount>, string]>([
  ['another mode', {info: inMode(first, 'encap')}, 'mode failed: runs encap, not hybrid'],
  [
    'another text',
    {info: {...first, config: {hash: 'old', source: ''}}},
    'configuration failed: runs another text than the ConfigMap has now',
  ],
  [
    'a refused configuration',
    {
      info: {
        ...first,
        agentConditions: [{type: 'ConfigValid', status: 'False', lastHeartbeatTime: '', message: 'no such tunnel'}],
      },
    },
    'configuration failed: refuses the configuration: no such tunnel',
  ],
  [
    'a route that somebody deleted',
    {
      drift: {
        comparedAt: '',
        total: 1,
        deviations: [{kind: 'route', problem: 'missing', what: '10.244.2.0/24 via 172.30.1.12', owner: 'Node n2'}],
      },
    },
    'drift failed: 1 of its flows, routes or settings are not as they must be: route missing, 10.244.2.0/24 via 172.30.1.12',
  ],
  [
    'a neighbour that is tunnelled to',
    {paths: [...(near === undefined ? [] : [{...near, class: 'tunnelled' as const}]), ...others]},
    'ways failed: to n2 it is tunnelled, not routed: L3Forwarding says so',
  ],
  [
    'a kernel route that leads into the bridge',
    {paths: [...(near === undefined ? [] : [{...near, route: {to: near.podCidr, dev: 'antrea-gw0'}}]), ...others]},
    "ways failed: its kernel's route to n2 does not fit: dev antrea-gw0",
  ],
  ['a way that nobody knows', {paths: others}, 'ways failed: nothing is known of its way to n2'],
])('%s is told', (_, change, sentence) => {
  expect(troubles(change)).toEqual([sentence])
})

const row = (from: string, to: string, lost: number): ProbeResult => ({
  from,
  to,
  form: 'live',
  sent: 100,
  lost,
  longestGap: lost * 10,
  mtu: 1450,
})
const probed = {
  results: [row('n1', 'n2', 0), row('n2', 'n1', 2), row('n3', 'n1', 1)],
  silent: [{node: 'n4', reason: 'its agent gave no account'}],
}

test.each([
  [0, ['ok', 'failed', 'failed', 'unknown', 'unknown']],
  [3, ['ok', 'ok', 'ok', 'unknown', 'unknown']],
])('three packets are lost of which %i may be', (maxLoss, results) => {
  const answers = judgeLoss(['n1', 'n2', 'n3', 'n4', 'n5'], probed, {maxLoss})
  expect(answers.map(({result}) => result)).toEqual(results)
  expect(answers[1]?.sentence).toBe(`lost 2 of 100 to n1${maxLoss === 0 ? '' : ', of 3 that may be lost'}`)
})

const check: ModeCheck = {
  version: 1,
  expected: 'hybrid',
  configured: 'encap',
  result: 'failed',
  nodes: ['n1', 'n2', 'n4'],
  answers: [
    ...judgeAccount('n1', account(), wish),
    ...judgeAccount('n2', account({info: inMode(first, 'en<cap>')}), wish),
    ...unknownAccount('n4', 'connection refused'),
    ...judgeLoss(['n1', 'n2', 'n4'], probed, wish),
  ],
  probes: {sent: 300, lost: 3, longestGap: 20, maxLoss: 0},
}

test('the page, the JUnit file and the JSON of one that fails', async () => {
  const page = modeCheckLines(check, {theme: plainTheme, width: 80})
  await expect(`${page.join('\n')}\n`).toMatchFileSnapshot('../golden/mode-check.txt')
  await expect(modeCheckJunit(check)).toMatchFileSnapshot('../golden/mode-check.xml')
  expect(faultsOf(check, publishedSchema('mode-check'))).toEqual([])
})

test('docs/ci.md has every exit status', () => {
  const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8')
  const statuses = [...page.matchAll(/^\| (\d+) \|/gmu)].map(([, status]) => Number(status))
  expect(statuses).toEqual(Object.values(exitCodes))
})
