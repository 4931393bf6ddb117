import {expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import type {RestartEvent} from '../../src/model/restart-event.ts'
import {planRestart} from '../../src/changes/restart/plan.ts'
import {restartNodes, type RestartCluster} from '../../src/changes/restart/run.ts'
import type {ProbeWindow} from '../../src/diagnostics/probes/steady-ledger.ts'
import {restartEventLine, restartPlanLines} from '../../src/ui/restart-view.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {faultsOf, publishedSchema} from '../json-schema.ts'

const clean: ProbeWindow = {milliseconds: 1_000, sent: 600, lost: 0, longestGap: 0, worst: [], silent: []}
const restarting = (node: string): ProbeWindow => ({
  ...clean,
  sent: 300,
  silent: [{node, reason: 'its agent was started anew meanwhile'}],
})
const lossy: ProbeWindow = {
  ...clean,
  lost: 7,
  longestGap: 70,
  worst: [{from: 'n1', to: 'n2', form: 'live', lost: 7, longestGap: 70}],
}

/** Agents that are there again at the second look; a clock that only sleeping moves. */
function fakeCluster(change: Partial<RestartCluster> = {}, windows: readonly ProbeWindow[] = []) {
  const calls: string[] = []
  const looks = new Map<string, number>()
  const left = [...windows]
  let now = 0
  const cluster: RestartCluster = {
    process: async (node) => {
      const asked = looks.get(node)
      if (asked === undefined) return 'first'
      looks.set(node, asked + 1)
      return asked > 0 ? 'second' : 'first'
    },
    restart: async (node) => {
      calls.push(node)
      looks.set(node, 0)
    },
    kubelet: async () => undefined,
    trouble: async () => undefined,
    window: async () => left.shift() ?? clean,
    now: () => now,
    sleep: async (milliseconds) => void (now += milliseconds),
    ...change,
  }
  return {cluster, calls}
}

const plan = planRestart({infos: fourAgents.slice(0, 3), silent: []}, 'agent')
const options = {signal: new AbortController().signal, patience: 5_000}

async function carriedOut(steps: AsyncIterable<RestartEvent>) {
  const events: RestartEvent[] = []
  const error = await (async () => {
    for await (const event of steps) events.push(event)
  })().catch((thrown: unknown) => thrown)
  for (const event of events) expect(faultsOf(event, publishedSchema('restart-event'))).toEqual([])
  return {events, error}
}

test('one Node after the other, each when the one before forwards', async () => {
  const {cluster, calls} = fakeCluster({}, [clean, restarting('n1'), clean])
  const {events, error} = await carriedOut(restartNodes(plan, cluster, options))
  expect(error).toBeUndefined()
  expect(calls).toEqual(['n1', 'n2', 'n3'])
  const lines = events.flatMap((event) => restartEventLine(event, {theme: plainTheme, width: undefined}) ?? [])
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/restart-events.txt')
})

test('a Node that does not come back stops it, with what kubelet says and what is left to do', async () => {
  const word = 'its container antrea-agent waits: back-off 5m0s restarting failed container'
  const {cluster, calls} = fakeCluster({process: async () => 'first', kubelet: async () => word})
  const {error} = await carriedOut(restartNodes(plan, cluster, options))
  expect(calls).toEqual(['n1'])
  expect(error).toMatchObject({
    code: 'CHANGE_UNVERIFIED',
    message: `n1 does not forward as it must within 5 s: ${word}; no Node is done; restarting: n1; not touched: n2, n3`,
    remedy: ['antctl get agentinfo n1 --live', 'antctl check probes', 'antctl restart --nodes n1,n2,n3 goes on'],
  })
})

test('Ready is not forwarding: a Node whose routes are not there is waited for, and named', async () => {
  let missing = 3
  const why = '1 of its flows, routes or settings are not as they must be: route missing, 10.244.2.0/24'
  const {cluster} = fakeCluster({trouble: async () => (missing-- > 0 ? why : undefined)})
  const {events, error} = await carriedOut(restartNodes(plan, cluster, options))
  expect(error).toBeUndefined()
  expect(events.filter((event) => event.event === 'wait' && event.why === why)).toHaveLength(1)
})

test('a loss stops a restart of the agent alone, and is waited out where Open vSwitch restarts', async () => {
  const windows = [clean, restarting('n1'), lossy, clean]
  const {error} = await carriedOut(restartNodes(plan, fakeCluster({}, windows).cluster, options))
  expect(error).toMatchObject({
    code: 'CHANGE_UNVERIFIED',
    message:
      'n1 does not forward as it must: the probes lost 7 packets, for 70 ms at most, most from n1 to n2; no Node is done; ' +
      'restarting: n1; not touched: n2, n3',
  })
  const both = planRestart({infos: fourAgents.slice(0, 3), silent: []}, 'switch')
  const done = await carriedOut(restartNodes(both, fakeCluster({}, windows).cluster, options))
  expect(done.events.at(-1)).toMatchObject({event: 'ended', state: 'done', lost: 7, longestGap: 70})
})

test('a Node that was silent before is not waited for; one that falls silent is', async () => {
  const silent = (...nodes: readonly string[]) => ({
    ...clean,
    silent: nodes.map((node) => ({node, reason: 'its agent gave no account'})),
  })
  const {cluster} = fakeCluster({}, [silent('n4'), silent('n4', 'n2'), silent('n4'), silent('n4'), silent('n4')])
  const {events, error} = await carriedOut(restartNodes(plan, cluster, options))
  expect(error).toBeUndefined()
  expect(events.filter(({event}) => event === 'probe')).toHaveLength(4)
})

test('Ctrl-C says where it stands and what goes on', async () => {
  const stop = new AbortController()
  const {cluster, calls} = fakeCluster({
    trouble: async (node) => {
      if (node === 'n2') stop.abort(new AntctlError('INTERRUPTED', 'interrupted'))
      return undefined
    },
  })
  const {error} = await carriedOut(restartNodes(plan, cluster, {...options, signal: stop.signal}))
  expect(calls).toEqual(['n1', 'n2'])
  expect(error).toMatchObject({
    code: 'INTERRUPTED',
    message: 'broken off: done: n1; restarting: n2; not touched: n3',
    remedy: ['antctl restart --nodes n2,n3 goes on'],
  })
})

test.each(['agent', 'switch'] as const)('the plan of %s as a page', async (what) => {
  const lines = restartPlanLines(planRestart({infos: fourAgents, silent: []}, what), {theme: plainTheme, width: 80})
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/restart-plan-${what}.txt`)
})

test('an agent that does not answer cannot be asked; its Pod may be made anew', () => {
  const silent = [{node: 'n2', error: new AntctlError('AGENT_UNREACHABLE', 'connection refused')}]
  expect(() => planRestart({infos: fourAgents, silent}, 'agent')).toThrow('n2 does not answer: connection refused')
  expect(planRestart({infos: fourAgents, silent}, 'switch').nodes).toHaveLength(4)
})

test('agents of upstream are refused with what restarts them', () => {
  const upstream = fourAgents.map((info) => ({
    ...info,
    agentConditions: info.agentConditions.filter(({type}) => type !== 'ConfigValid'),
  }))
  expect(() => planRestart({infos: upstream, silent: []}, 'agent')).toThrow('are upstream’s')
})
