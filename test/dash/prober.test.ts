import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, expect, test} from 'vitest'
import {openProber} from '../../src/commands/face/prober.ts'
import type {ApiServer} from '../../src/cluster/api.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {startSteadyProbe} from '../../src/diagnostics/probes/steady.ts'
import {startProbeAgent} from '../agent/probe-agent.ts'
import {type ProbeServer, startProbeServer} from '../agent/probe-server.ts'
import {fourAgents} from '../diagnostics/agents.ts'

// The agents' own code takes part; what is on the wire is told by the tests in the lab.

const stop: (() => void)[] = []
afterEach(() => {
  for (const each of stop.splice(0)) each()
})
const {signal} = new AbortController()
const soon = {timeout: 10_000, interval: 200}

async function fourNodes(): Promise<ProbeServer> {
  const server = startProbeServer()
  for (const number of [1, 2, 3, 4]) stop.push((await startProbeAgent(server, number)).stop)
  return server
}

function proberOn({api}: Pick<ProbeServer, 'api'>, quietly?: string) {
  return openProber({session: async () => ({infos: fourAgents, cluster: {api}}), signal, quietly})
}

test('where nobody probes the agents are asked to, a little, and nothing is left behind', async () => {
  const server = await fourNodes()
  {
    await using prober = proberOn(server)
    expect(await prober.look()).toMatchObject({by: 'us', pairs: 12, allPairs: 12, packetsPerSecond: 10, windows: []})
    await expect.poll(() => prober.look(), soon).toMatchObject({windows: [{lost: 0, roundTrip: {median: 0.2}}]})
    expect(server.names()).toHaveLength(1)
  }
  expect(server.names()).toEqual([])
})

test('who stops while a session is being made leaves none behind', async () => {
  const server = await fourNodes()
  const {api} = server
  /** It is there before whoever asked for it hears so. */
  const post: ApiServer['post'] = async (path, object, options) => {
    const answer = await api.post(path, object, options)
    await sleep(100, undefined, options?.signal && {signal: options.signal})
    return answer
  }
  {
    await using prober = proberOn({api: {...api, post}})
    await prober.look()
    await expect.poll(() => server.names()).toHaveLength(1)
  }
  expect(server.names()).toEqual([])
})

test('who looks while it closes has nobody asked any more', async () => {
  const server = await fourNodes()
  const looks: Promise<unknown>[] = []
  for (const pause of [0, 1, 5, 20]) {
    await using prober = proberOn(server)
    looks.push(prober.look().catch(() => undefined))
    await sleep(pause)
  }
  await Promise.all(looks)
  await sleep(1_000)
  expect(server.names()).toEqual([])
})

test('whoever measures more finely is read along with, and the own session goes', async () => {
  const server = await fourNodes()
  await using prober = proberOn(server)
  await expect.poll(() => prober.look(), soon).toMatchObject({by: 'us'})
  await expect.poll(() => server.names()).toHaveLength(1)
  {
    await using finer = await startSteadyProbe(server.api, {nodes: ['n1', 'n2', 'n3'], signal})
    const read = async () => {
      await finer.window()
      return prober.look()
    }
    await expect.poll(read, soon).toMatchObject({by: 'others', pairs: 6, allPairs: 12, windows: [{lost: 0}]})
    expect(server.names()).toEqual(finer.sessions())
  }
  await expect.poll(() => prober.look(), soon).toMatchObject({by: 'us'})
})

test('two who look on share one session', async () => {
  const server = await fourNodes()
  await using one = proberOn(server)
  await using other = proberOn(server)
  const both = async () => {
    const [first, second] = [await one.look(), await other.look()]
    return [server.names().length, [first.by, second.by].toSorted()]
  }
  await expect.poll(both, soon).toEqual([1, ['others', 'us']])
})

test('who may not, or was told not to, says why and what to do', async () => {
  const server = await fourNodes()
  const {api} = server
  const forbidden = new AntctlError('API_FORBIDDEN', 'you may not create probesessions', {
    remedy: ['ask for antctl-operator'],
  })
  await using prober = proberOn({api: {...api, post: () => Promise.reject(forbidden)}})
  const why = {sentence: forbidden.message, remedy: 'ask for antctl-operator'}
  await expect.poll(() => prober.look(), soon).toEqual({by: 'nobody', why})
  await using quiet = proberOn(server, 'none are wanted')
  expect(await quiet.look()).toMatchObject({by: 'nobody', why: {sentence: 'none are wanted'}})
  expect(server.names()).toEqual([])
})

test('what a dead process left is no probe of anybody', async () => {
  const server = await fourNodes()
  const order = {pairs: [{from: 'n1', to: 'n2'}], forms: ['live'], packetsPerSecond: 100, renewal: 3} as const
  server.create('probe-dead', order, {n1: {state: 'ended', reason: 'nobody renewed it for 60 s'}})
  await using prober = proberOn(server)
  expect(await prober.look()).toMatchObject({by: 'us'})
})
