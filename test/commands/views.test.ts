import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {agentState} from '../../src/model/agent-state.ts'
import {effectiveConfig} from '../../src/model/agent-config.ts'
import {translateAgentInfo} from '../../src/cluster/agent-infos.ts'
import type {ChangeEvent} from '../../src/model/change-event.ts'
import {fabricWays} from '../../src/diagnostics/paths/fabric.ts'
import {summariseWays} from '../../src/diagnostics/paths/fabric-summary.ts'
import {networkRemarks} from '../../src/diagnostics/paths/remarks.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import {configHash} from '../../src/changes/set-mode/hash.ts'
import {assertAllowed, drawPlan, planSetMode} from '../../src/changes/set-mode/plan.ts'
import type {PairResult} from '../../src/diagnostics/reachability/judge.ts'

import {agentColumns} from '../../src/ui/agent-table.ts'
import {fold} from '../../src/ui/fold.ts'
import {noProgress, withEvent} from '../../src/ui/change-progress.ts'
import {changeEventLine, progressFrame} from '../../src/ui/change-view.ts'
import {planLines} from '../../src/ui/mode-view.ts'
import {serialize} from '../../src/ui/output.ts'
import {printable} from '../../src/ui/printable.ts'
import {reachabilityJunit, reachabilityLines} from '../../src/ui/reachability-view.ts'
import {remarkLines} from '../../src/ui/remark-view.ts'
import {tableLines} from '../../src/ui/table.ts'
import {colourLevel, plainTheme} from '../../src/ui/theme.ts'
import {fit, stringWidth} from '../../src/ui/width.ts'
import {awsIds, byDefaultRoute, cloudNodes, manyAgents} from '../changes/clusters.ts'
import {agent, fourAgents} from '../diagnostics/agents.ts'

const plain = {theme: plainTheme, width: undefined}
const now = new Date('2026-11-23T06:01:00Z')
const golden = (name: string) => `../golden/${name}`
const text = (lines: readonly string[]) => `${lines.join('\n')}\n`
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

describe('agentinfo, as people and programs see it', () => {
  const upstream = translateAgentInfo(parse(fixture('upstream/hybrid/AntreaAgentInfo-CR.yaml')))
  const infos = [...fourAgents, upstream]
  test('table', async () => {
    await expect(text(tableLines(agentColumns(now), infos, plain))).toMatchFileSnapshot(golden('agentinfo.txt'))
  })
  test.each(['json', 'yaml'] as const)('%s', async (format) => {
    await expect(await serialize([fourAgents[0], {...upstream, apiCABundle: '…'}], format)).toMatchFileSnapshot(
      golden(`agentinfo.${format}`),
    )
  })
  test('what upstream says stays, field by field', () => {
    expect(upstream).toMatchObject({
      metadata: {name: 'node1'},
      nodePortLocalPortRange: '61000-62000',
      networkInfo: {podMTU: 1450},
    })
  })
  test.each([
    ['healthy', {}],
    ['silent', {agentConditions: [{type: 'AgentHealthy', status: 'True', lastHeartbeatTime: '2026-11-23T05:50:00Z'}]}],
    ['unknown', {agentConditions: []}],
    [
      'not OVSDBConnectionUp',
      {agentConditions: [{type: 'OVSDBConnectionUp', status: 'False', lastHeartbeatTime: '2026-11-23T06:00:59Z'}]},
    ],
    [
      'healthy',
      {agentConditions: [{type: 'FeatureNotAvailable', status: 'False', lastHeartbeatTime: '2026-11-23T06:00:59Z'}]},
    ],
  ] as const)('status %s', (status, changes) => {
    expect(agentState(agent(1, 1, changes), now).word).toBe(status)
  })
})

test('the plan of a mode change', async () => {
  const plan = planSetMode({config: 'trafficEncapMode: encap\n', infos: fourAgents}, 'hybrid')
  await expect(text(planLines(plan, plain))).toMatchFileSnapshot(golden('set-mode-plan.txt'))
})

test('the plan of a change to noEncap without SNAT', async () => {
  const ways = summariseWays(
    'n1',
    fabricWays({
      from: 'n1',
      routes: [{to: '10.244.0.0/16', via: '172.30.1.1', dev: 'br-phy'}],
      underlay: underlayOf(fourAgents),
    }),
  )
  const facts = {config: 'trafficEncapMode: encap\n', infos: fourAgents, ways: [ways]}
  const plan = planSetMode(facts, 'noEncap', {noSNAT: true})
  await expect(text(planLines(plan, plain))).toMatchFileSnapshot(golden('set-mode-no-encap.txt'))
})

describe('the plan of a change that a cloud has its own words for', () => {
  const config = 'trafficEncapMode: encap\n'
  const facts = {config, infos: fourAgents, ways: byDefaultRoute(), nodes: cloudNodes(awsIds)}
  test.each([80, 200])('in %i columns', async (width) => {
    const lines = planLines(drawPlan(facts, 'noEncap'), {theme: plainTheme, width})
    await expect(text(lines)).toMatchFileSnapshot(golden(`set-mode-aws-${width}.txt`))
    expect(lines.filter((line) => line.length > width && !/^ {2}(?:aws|antctl) /u.test(line))).toEqual([])
  })
  test('a thousand Nodes are a page, too', async () => {
    const infos = manyAgents(1000)
    const lines = planLines(drawPlan({config, infos}, 'noEncap'), {theme: plainTheme, width: 100})
    await expect(text(lines)).toMatchFileSnapshot(golden('set-mode-thousand.txt'))
    expect(lines.length).toBeLessThan(100)
  })
  test('what is refused is shown with what would mend it', async () => {
    const underlay = underlayOf(fourAgents)
    const ways = ['n1', 'n2', 'n3', 'n4'].map((from, at) => {
      const router = `172.30.${at < 2 ? 1 : 2}.1`
      const routes = [
        {to: 'default', via: '172.31.1.1', dev: 'eth0'},
        {to: '172.30.0.0/16', via: router, dev: 'br-phy'},
      ]
      return summariseWays(from, fabricWays({from, routes, underlay}))
    })
    const plan = drawPlan({config, infos: fourAgents, ways}, 'noEncap')
    await expect(text(planLines(plan, {theme: plainTheme, width: 120}))).toMatchFileSnapshot(
      golden('set-mode-refused.txt'),
    )
    expect(() => assertAllowed(plan)).toThrow(
      expect.objectContaining({
        code: 'MODE_REFUSED',
        remedy: expect.arrayContaining([
          expect.stringMatching(/^ip route add 10\.244\.3\.0\/24 via 172\.30\.1\.1 metric 100 on n1/u),
        ]),
      }),
    )
  })
})

test('the plan of a mode change where the masks of the Nodes differ', async () => {
  const masks = ['/16', '/24', '/32', '/32']
  const infos = fourAgents.map((info, at) => ({
    ...info,
    networkInfo: {...info.networkInfo, transportInterfaceIPs: [`172.30.1.${at + 11}${masks[at]}`]},
  }))
  const plan = planSetMode({config: 'trafficEncapMode: encap\n', infos}, 'hybrid')
  await expect(text(planLines(plan, plain))).toMatchFileSnapshot(golden('set-mode-masks.txt'))
})

test('the plan says where Nodes differ from the ConfigMap in more than the mode', async () => {
  const [first, second, third] = fourAgents
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are four agents')
  const {values, valuesHash} = effectiveConfig({text: 'trafficEncapMode: encap\n'})
  const running = {hash: configHash('trafficEncapMode: encap\n'), source: 'configmap/antrea-config', valuesHash, values}
  const infos = [
    {
      ...first,
      config: {...running, values: {...values, defaultMTU: 1300}, sources: {defaultMTU: 'antreanodeconfig/n1'}},
      networkInfo: {...first.networkInfo, podMTU: 1300},
    },
    {
      ...second,
      config: {...running, values: {...values, tunnelType: 'vxlan'}},
      agentConditions: [
        {
          type: 'ConfigValid' as const,
          status: 'False' as const,
          lastHeartbeatTime: '2026-11-23T06:00:00Z',
          message: 'antrea-agent.conf, line 3: it cannot be read',
        },
      ],
    },
    {
      ...third,
      config: running,
      networkInfo: {...third.networkInfo, tunnels: ['vxlan:4789', 'geneve:6081']},
    },
  ]
  const plan = planSetMode({config: 'trafficEncapMode: encap\n', infos}, 'hybrid')
  await expect(text(planLines(plan, plain))).toMatchFileSnapshot(golden('set-mode-drift.txt'))
  const same = planSetMode({config: 'trafficEncapMode: encap\n', infos: [{...third, config: running}]}, 'hybrid')
  expect(same.drift).toEqual([])
})

describe('what all agents together show', () => {
  const masks = ['/16', '/24', '/32', '/32']
  const infosIn = (trafficEncapMode: string) =>
    fourAgents.map((info, at) => ({
      ...info,
      networkInfo: {
        ...info.networkInfo,
        trafficEncapMode,
        transportInterfaceIPs: [`172.30.1.${at + 11}${masks[at]}`],
      },
    }))
  test('masks are doubtful where packets go directly, and a condition that is well may speak', async () => {
    const infos = infosIn('hybrid').map((info, at) => ({
      ...info,
      agentConditions:
        at === 3
          ? [
              {
                type: 'DataplaneReady' as const,
                status: 'True' as const,
                lastHeartbeatTime: '2026-11-23T06:00:00Z',
                message: 'no tunnel reaches n1 (172.30.1.11): this Node has no route to it',
              },
            ]
          : info.agentConditions,
    }))
    await expect(
      text([...tableLines(agentColumns(now), infos, plain), ...remarkLines(networkRemarks(infos), plain)]),
    ).toMatchFileSnapshot(golden('agentinfo-masks.txt'))
  })
  test('no mask matters in encap, and equal ones nowhere', () => {
    expect(networkRemarks(infosIn('encap'))).toEqual([])
    expect(networkRemarks(fourAgents)).toEqual([])
  })
})

describe('a change while it runs', () => {
  const head = {version: 1, at: '2026-11-27T18:00:00.000Z', change: '1a2b3c4d'} as const
  const node = {...head, event: 'node', direction: 'forward'} as const
  const counts = {sent: 12_345, lost: 0, longestGap: 8.4, roundTrip: {median: 0.31, p99: 1.24}}
  const roundTrip = {median: 0.4, p99: 2.61}
  const loss = {from: 'n1', to: 'n3', form: 'live', lost: 7, longestGap: 31, roundTrip}
  const slow = {from: 'n2', to: 'n4', form: 'live', sent: 100, lost: 0, longestGap: 0, roundTrip}
  const events: readonly ChangeEvent[] = [
    {
      ...head,
      event: 'began',
      direction: 'forward',
      from: 'encap',
      to: 'hybrid',
      noSNAT: {from: false, to: false},
      by: 'somebody',
      steps: [
        {name: 'canary', nodes: 1},
        {name: 'batch 1', nodes: 3},
        {name: 'ConfigMap', nodes: 4},
        {name: 'AntreaNodeConfigs', nodes: 4},
      ],
    },
    {...head, event: 'step', step: 'canary', direction: 'forward', state: 'running'},
    {...node, node: 'n1', state: 'changing'},
    {
      ...head,
      event: 'probe',
      step: 'canary',
      ...counts,
      ofStep: counts,
      worst: [],
      slowest: [{...slow, to: 'n3'}, slow],
      resolution: 10,
      silent: [],
    },
    {...node, node: 'n1', state: 'verified', milliseconds: 92, ways: {tunnelled: 2, routed: 1}},
    {...head, event: 'step', step: 'canary', direction: 'forward', state: 'done', loss: counts},
    {...head, event: 'pairs', step: 'canary', direction: 'forward', pairs: [{...slow, to: 'n3'}, slow]},
    {...head, event: 'step', step: 'batch 1', direction: 'forward', state: 'running'},
    {...node, node: 'n2', state: 'changed'},
    {...node, node: 'n3', state: 'away', why: 'is not Ready'},
    {...node, node: 'n4\u001B[2J', state: 'skipped', why: 'is cordoned'},
    {
      ...head,
      event: 'probe',
      step: 'batch 1',
      ...counts,
      lost: 7,
      ofStep: {...counts, sent: 2_345, lost: 7, longestGap: 31},
      worst: [loss],
      slowest: [slow],
      resolution: 25,
      silent: [{node: 'n4', reason: 'its agent gave no account'}],
    },
    {...head, event: 'wait', why: 'the API server does not answer: no route'},
    {...head, event: 'config', direction: 'forward', hash: 'd80c8adb1ffb'},
    {...head, event: 'turned', why: '7 of 12345 probe packets were lost; --max-loss allows 0'},
  ]
  test.each([80, 200])('as a page of %i columns', async (width) => {
    const frames = [1, 4, 5, 7, 13, 15].map((count) =>
      progressFrame(events.slice(0, count).reduce(withEvent, noProgress), {theme: plainTheme, width}).join('\n'),
    )
    await expect(text(frames.map((frame) => `${frame}\n`))).toMatchFileSnapshot(
      golden(`set-mode-progress-${width}.txt`),
    )
  })
  test('as lines of a log', async () => {
    const lines = events.flatMap((event) => changeEventLine(event, plain) ?? [])
    await expect(text(lines)).toMatchFileSnapshot(golden('set-mode-progress.txt'))
  })
})

describe('reachability', () => {
  const ok = {ok: true, detail: '10 of 10 came back'}
  const pair: PairResult = {
    from: 'n1',
    to: 'n2',
    podCidr: '10.244.2.0/24',
    class: 'tunnelled',
    why: 'L3Forwarding …',
    tcp: ok,
    udp: ok,
    ok: true,
  }
  const failed: PairResult = {
    ...pair,
    to: 'n3',
    udp: {ok: false, detail: 'none of 10 came back'},
    ok: false,
    fault: 'UDP: none of 10 <came> back',
  }
  test('table', async () => {
    await expect(text(reachabilityLines([pair, failed], [], plain))).toMatchFileSnapshot(golden('reachability.txt'))
  })
  test('JUnit', async () => {
    await expect(reachabilityJunit([pair, failed])).toMatchFileSnapshot(golden('reachability.xml'))
  })
})

describe('hostile text', () => {
  test.each([
    ['\u001B[2Jgone', '\\x1b[2Jgone'],
    ['a\nb', 'a\\x0ab'],
    ['\u202Eevil', '\\u202eevil'],
    ['\u009B31m', '\\x9b31m'],
    ['plain ü 漢', 'plain ü 漢'],
  ])('%j', (hostile, shown) => {
    expect(printable(hostile)).toBe(shown)
  })
  test('a narrow terminal is spared the columns that matter least, and cut only then', () => {
    const columns = [
      {title: 'NODE', value: () => 'n1'},
      {title: 'LEAST', value: () => '1', spare: 2},
      {title: 'LESS', value: () => '2', spare: 1},
    ]
    const at = (width: number) => tableLines(columns, [{}], {width})
    expect([at(17), at(16), at(9), at(3)]).toEqual([
      ['NODE  LEAST  LESS', 'n1    1      2'],
      ['NODE  LESS', 'n1    2'],
      ['NODE', 'n1'],
      ['NO…', 'n1'],
    ])
  })

  test('a table cell cannot move the cursor', () => {
    expect(tableLines([{title: 'T', value: () => '\u001B[1Ax'}], [{}])[1]).toBe('\\x1b[1Ax')
  })
})

test.each([
  ['  a flow: one,two,three', 14, ['  a flow: one,', '      two,', '      three']],
  ['short', 14, ['short']],
  ['unbreakablelongword', 8, ['unbreakablelongword']],
  ['what a pipe gets is never folded', undefined, ['what a pipe gets is never folded']],
])('%j folded to %s', (line, width, lines) => {
  expect(fold(line, width)).toEqual(lines)
})

describe('widths', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['漢字', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['\u001B[31mred\u001B[0m', 3],
  ])('%j takes %i', (string, width) => {
    expect(stringWidth(string)).toBe(width)
  })
  test.each([
    ['abcdef', 4, 'abc…'],
    ['abcd', 4, 'abcd'],
    ['漢字漢', 4, '漢…'],
    ['abc', undefined, 'abc'],
    ['\u001B[31mabcdef\u001B[0m', 4, '\u001B[31mabc…\u001B[0m'],
    ['漢字漢字', 5, '漢字…'],
  ])('%j in %s', (string, width, shown) => {
    expect(fit(string, width)).toBe(shown)
  })
})

test.each([
  [{NO_COLOR: '1', FORCE_COLOR: '3'}, true, 0],
  [{TERM: 'dumb'}, true, 0],
  [{}, false, 0],
  [{FORCE_COLOR: '0'}, true, 0],
  [{FORCE_COLOR: '1'}, false, 1],
  [{TERM: 'xterm-256color'}, true, 1],
] as const)('colour for %j, terminal %s: %i', (environment, terminal, level) => {
  expect(colourLevel({...environment}, terminal)).toBe(level)
})
