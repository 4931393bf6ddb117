import {afterEach, expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import {startSteadyProbe} from '../../src/diagnostics/probes/steady.ts'
import {type FakeAgentOptions, startProbeAgent} from '../agent/probe-agent.ts'
import {type ProbeServer, startProbeServer} from '../agent/probe-server.ts'

// The agents' own code takes part; what is on the wire is told by the tests in the lab.

const stop: (() => void)[] = []
afterEach(() => {
  for (const each of stop.splice(0)) each()
})

async function startAgents(server: ProbeServer, count: number, options?: FakeAgentOptions) {
  const agents = []
  for (let number = 1; number <= count; number++) agents.push(await startProbeAgent(server, number, options))
  stop.push(...agents.map((agent) => agent.stop))
  return agents
}
const {signal} = new AbortController()

test('three Nodes: each window counts anew, and nothing is left behind', async () => {
  const server = startProbeServer()
  const [n1] = await startAgents(server, 3)
  {
    await using probe = await startSteadyProbe(server.api, {nodes: ['n1', 'n2', 'n3'], signal})
    expect([probe.pairs.length, probe.allPairs, probe.interval]).toEqual([6, 6, 1_000])
    expect(await probe.window()).toMatchObject({sent: 600, lost: 0, silent: [], roundTrip: {median: 0.2, p99: 1}})
    n1?.losses.set('n3', 4)
    const worst = [{from: 'n1', to: 'n3', form: 'live', lost: 4, longestGap: 40}]
    expect(await probe.window()).toMatchObject({sent: 600, lost: 4, longestGap: 40, worst})
    expect(await probe.window()).toMatchObject({lost: 0, worst: []})
  }
  expect(server.names()).toEqual([])
  await expect.poll(() => n1?.open).toBe(0)
})

test('an agent that is started anew in the middle takes part again, and the window says so', async () => {
  const server = startProbeServer()
  const [, n2] = await startAgents(server, 2)
  await using probe = await startSteadyProbe(server.api, {nodes: ['n1', 'n2'], signal})
  n2?.stop()
  await expect.poll(() => server.watchers.size).toBe(2)
  const again = await startProbeAgent(server, 2)
  stop.push(again.stop)
  await expect.poll(() => again.open).toBe(1)
  expect((await probe.window()).silent).toEqual([{node: 'n2', reason: 'its agent was started anew meanwhile'}])
  expect(await probe.window()).toMatchObject({sent: 200, lost: 0, silent: []})
})

test('a session that somebody deleted is made anew', async () => {
  const server = startProbeServer()
  await startAgents(server, 2)
  await using probe = await startSteadyProbe(server.api, {nodes: ['n1', 'n2'], signal})
  server.remove('probe-a')
  await probe.window()
  expect(server.names()).toEqual(['probe-b'])
  await expect.poll(async () => (await probe.window()).silent).toEqual([])
})

test('while the API server is away a window fails, and the next one has it all', async () => {
  const server = startProbeServer()
  const [n1] = await startAgents(server, 2)
  await using probe = await startSteadyProbe(server.api, {nodes: ['n1', 'n2'], signal})
  server.away(true)
  n1?.losses.set('n2', 2)
  await expect(probe.window()).rejects.toMatchObject({code: 'API_UNREACHABLE'})
  server.away(false)
  expect(await probe.window()).toMatchObject({lost: 2, silent: []})
})

test('what a driver that died left is taken away by the next', async () => {
  const server = startProbeServer()
  const pairs = [{from: 'n8', to: 'n9'}]
  const dead = {pairs, forms: ['live'], packetsPerSecond: 50, renewal: 5} as const
  server.create('probe-old', dead, {n8: {state: 'ended', reason: 'nobody renewed it for 60 s'}})
  server.create('probe-other', dead)
  await startAgents(server, 2)
  await using probe = await startSteadyProbe(server.api, {nodes: ['n1', 'n2'], signal})
  expect([probe.pairs.length, ...server.names()]).toEqual([2, 'probe-other', 'probe-a'])
})

test('whoever takes a change over takes away what its driver before had, and nothing of others', async () => {
  const server = startProbeServer()
  const [n1] = await startAgents(server, 2)
  const nodes = ['n1', 'n2']
  const dead = new AbortController()
  await startSteadyProbe(server.api, {nodes, owner: 'mine', signal: dead.signal})
  dead.abort()
  await using other = await startSteadyProbe(server.api, {nodes, signal})
  await using probe = await startSteadyProbe(server.api, {nodes, owner: 'mine', signal})
  expect(server.names()).toEqual(['probe-b', 'probe-c'])
  expect([other.pairs.length, probe.pairs.length]).toEqual([2, 2])
  await expect.poll(() => n1?.open).toBe(2)
})

test('agents that all refuse: their reason, at once, and how to make room', async () => {
  const server = startProbeServer()
  await startAgents(server, 2, {trouble: () => 'it takes part in sessions a, b, c, d, and in no more at once'})
  await expect(startSteadyProbe(server.api, {nodes: ['n1', 'n2'], signal})).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: expect.stringMatching(/n1: it takes part in sessions a, b, c, d/u),
    remedy: expect.arrayContaining([expect.stringMatching(/^kubectl delete probesessions/u)]),
  })
  expect(server.names()).toEqual([])
})

test('a cluster whose agents know no probes is told so', async () => {
  const gone = async () => Promise.reject(new AntctlError('API_NOT_FOUND', 'no such kind'))
  const api = {...startProbeServer().api, list: gone}
  await expect(startSteadyProbe(api, {nodes: ['n1', 'n2'], signal})).rejects.toThrow('know no probe sessions')
})
