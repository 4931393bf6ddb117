import {afterEach, expect, test} from 'vitest'
import * as v from 'valibot'
import {parseIp} from '../../src/model/address.ts'
import {AntctlError} from '../../src/model/errors.ts'
import type {ProbeOrder} from '../../src/model/probe.ts'
import type {ApiServer} from '../../src/cluster/api.ts'
import type {ProbeEndpoint} from '../../src/agent/probe/end.ts'
import {followProbeSessions} from '../../src/agent/probe/sessions.ts'
import type {LoopWork} from '../../src/agent/probe/work.ts'
import {openLog} from '../../src/agent/log.ts'

type Agents = Readonly<
  Record<
    string,
    {
      readonly state: string
      readonly reason?: string
      readonly results?: readonly unknown[]
      readonly addresses?: object
    }
  >
>
interface Stored {
  readonly metadata: {readonly name: string}
  readonly spec: ProbeOrder
  readonly status: {readonly agents: Agents}
}
const patchSchema = v.object({
  status: v.object({
    agents: v.record(
      v.string(),
      v.looseObject({
        state: v.string(),
        reason: v.exactOptional(v.string()),
        results: v.exactOptional(v.array(v.unknown())),
      }),
    ),
  }),
})

/** An API server that holds sessions, and tells every watcher of each change. */
function startServer() {
  const objects = new Map<string, Stored>()
  const watchers = new Set<(line: string) => void>()
  const tell = (type: string, object: Stored) => {
    for (const watcher of watchers) watcher(JSON.stringify({type, object}))
  }
  const refuse = async () => Promise.reject(new AntctlError('API_FORBIDDEN', 'no agent may do that'))
  const api: ApiServer = {
    server: 'https://fake',
    get: refuse,
    list: async () => ({resourceVersion: '1', items: [...objects.values()]}),
    post: refuse,
    put: refuse,
    delete: refuse,
    patch: async (path, body) => {
      const name = path.split('/').at(-2) ?? ''
      const stored = objects.get(name)
      if (stored === undefined) throw new AntctlError('API_NOT_FOUND', name)
      const agents = {...stored.status.agents, ...v.parse(patchSchema, body).status.agents}
      const changed = {...stored, status: {agents}}
      objects.set(name, changed)
      tell('MODIFIED', changed)
      return changed
    },
    stream: async function* (_, {signal}) {
      const lines: string[] = []
      let wake = () => {}
      const watcher = (line: string) => {
        lines.push(line)
        wake()
      }
      watchers.add(watcher)
      signal.addEventListener('abort', () => wake(), {once: true})
      while (!signal.aborted) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) yield line
        const {promise, resolve} = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      watchers.delete(watcher)
    },
    close: () => undefined,
  }
  return {
    api,
    watchers,
    create: (name: string, spec: ProbeOrder, agents: Agents = {}) => {
      const object = {metadata: {name}, spec, status: {agents}}
      objects.set(name, object)
      tell('ADDED', object)
    },
    remove: (name: string) => {
      const object = objects.get(name)
      objects.delete(name)
      if (object !== undefined) tell('DELETED', object)
    },
    states: (name: string) =>
      Object.fromEntries(
        Object.entries(objects.get(name)?.status.agents ?? {}).map(([node, {state}]) => [node, state]),
      ),
    agents: (name: string): Agents => objects.get(name)?.status.agents ?? {},
  }
}

const stop: AbortController[] = []
afterEach(() => {
  for (const controller of stop.splice(0)) controller.abort()
})

/** An agent whose end is only remembered: what it sent, and whether it is open. */
async function startAgent(
  server: ReturnType<typeof startServer>,
  node: string,
  number: number,
  send = (work: LoopWork) =>
    Promise.resolve(work.streams.map(({to, form}) => ({to, form, sent: 1, lost: 0, longestGap: 0, mtu: 1450}))),
) {
  const controller = new AbortController()
  stop.push(controller)
  const seen = {open: 0, peers: [] as readonly string[], works: [] as LoopWork[]}
  const ip = (last: number) => parseIp(`10.244.${number}.${last}`)
  const open = async (peers: readonly string[]): Promise<ProbeEndpoint> => {
    seen.open += 1
    seen.peers = peers
    return {
      addresses: {live: ip(9), routed: ip(10), tunnelled: ip(11)},
      mtu: 1450,
      send: (work) => {
        seen.works.push(work)
        return send(work)
      },
      [Symbol.asyncDispose]: async () => void (seen.open -= 1),
    }
  }
  const watching = server.watchers.size
  followProbeSessions({api: server.api, node, open, log: openLog(node, 'silent'), signal: controller.signal})
  await expect.poll(() => server.watchers.size).toBe(watching + 1)
  return seen
}

const order: ProbeOrder = {
  pairs: [
    {from: 'n1', to: 'n2'},
    {from: 'n1', to: 'n3'},
    {from: 'n2', to: 'n1'},
  ],
  forms: ['live', 'tunnelled'],
  packetsPerSecond: 50,
  seconds: 1,
}

test('who sends waits for whom it sends to; ends close when the session is deleted, and not before', async () => {
  const server = startServer()
  const n1 = await startAgent(server, 'n1', 1)
  const n2 = await startAgent(server, 'n2', 2)
  server.create('probe-1', order)
  await expect.poll(() => server.states('probe-1')).toEqual({n1: 'ready', n2: 'done'})
  expect(n1.works).toEqual([])
  const n3 = await startAgent(server, 'n3', 3)
  await expect.poll(() => server.states('probe-1')).toEqual({n1: 'done', n2: 'done', n3: 'done'})
  expect([n1.peers, n2.peers, n3.peers]).toEqual([['n2', 'n3'], ['n1'], ['n1']])
  expect(n1.works[0]?.streams).toEqual([
    {to: 'n2', form: 'live', ip: '10.244.2.9'},
    {to: 'n2', form: 'tunnelled', ip: '10.244.2.11'},
    {to: 'n3', form: 'live', ip: '10.244.3.9'},
    {to: 'n3', form: 'tunnelled', ip: '10.244.3.11'},
  ])
  expect(server.agents('probe-1')['n1']?.results).toHaveLength(4)
  expect(n3.works).toEqual([])
  expect([n1.open, n2.open, n3.open]).toEqual([1, 1, 1])
  server.remove('probe-1')
  await expect.poll(() => [n1.open, n2.open, n3.open]).toEqual([0, 0, 0])
})

test('a session that is deleted while packets are sent ends at once', async () => {
  const server = startServer()
  const n1 = await startAgent(server, 'n1', 1, () => Promise.withResolvers<never>().promise)
  await startAgent(server, 'n2', 2)
  server.create('probe-1', {...order, pairs: [{from: 'n1', to: 'n2'}]})
  await expect.poll(() => n1.works.length).toBe(1)
  server.remove('probe-1')
  await expect.poll(() => n1.open).toBe(0)
})

test('a Node that refused is not sent to', async () => {
  const server = startServer()
  const n1 = await startAgent(server, 'n1', 1)
  server.create('probe-1', order, {
    n2: {state: 'refused', reason: 'no room'},
    n3: {state: 'refused', reason: 'no room'},
  })
  await expect.poll(() => server.states('probe-1')['n1']).toBe('done')
  expect(n1.works).toEqual([])
})

test('one session at a time; a second one is refused with the reason, and the next is taken', async () => {
  const server = startServer()
  const n2 = await startAgent(server, 'n2', 2)
  const alone = {...order, pairs: [{from: 'n9', to: 'n2'}]}
  server.create('probe-1', alone)
  await expect.poll(() => server.states('probe-1')).toEqual({n2: 'done'})
  server.create('probe-2', alone)
  await expect.poll(() => server.agents('probe-2')['n2']?.reason).toBe('it takes part in session probe-1')
  server.remove('probe-1')
  await expect.poll(() => n2.open).toBe(0)
  server.create('probe-3', alone)
  await expect.poll(() => server.states('probe-3')).toEqual({n2: 'done'})
})

test('more than the budget is refused before anything is made', async () => {
  const server = startServer()
  const n1 = await startAgent(server, 'n1', 1)
  server.create('probe-1', {...order, packetsPerSecond: 1000})
  await expect
    .poll(() => server.agents('probe-1')['n1']?.reason)
    .toBe('it would send 6000 packets a second, more than 1000')
  expect(n1.open).toBe(0)
})

test('what a process before this one began is left alone, and a failure is told', async () => {
  const server = startServer()
  server.create('probe-0', order, {n1: {state: 'refused', reason: 'begun before'}})
  const n1 = await startAgent(server, 'n1', 1)
  server.create('probe-1', {...order, pairs: [{from: 'n2', to: 'n1'}]})
  await expect.poll(() => server.states('probe-1')).toEqual({n1: 'done'})
  expect(server.agents('probe-0')['n1']?.reason).toBe('begun before')
  expect(n1.open).toBe(1)
})

const addresses = {live: '10.244.1.9', routed: '10.244.1.10', tunnelled: '10.244.1.11'}

test('a part that a process before this one did not end is ended with the reason: nobody waits for it', async () => {
  const server = startServer()
  server.create('probe-0', order, {n1: {state: 'ready', addresses}, n2: {state: 'done'}})
  server.create('probe-1', order, {n1: {state: 'done', addresses, results: []}})
  const n1 = await startAgent(server, 'n1', 1)
  await expect.poll(() => server.states('probe-0')).toEqual({n1: 'refused', n2: 'done'})
  expect(server.agents('probe-0')['n1']?.reason).toBe('its agent was started anew meanwhile')
  expect(server.states('probe-1')).toEqual({n1: 'done'})
  expect([n1.open, n1.works]).toEqual([0, []])
})
