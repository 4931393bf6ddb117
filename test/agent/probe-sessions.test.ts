import {afterEach, describe, expect, test} from 'vitest'
import type {SteadyOrder, TimedOrder} from '../../src/model/probe.ts'
import {type FakeAgentOptions, startProbeAgent} from './probe-agent.ts'
import {type ProbeServer, startProbeServer} from './probe-server.ts'

const stop: (() => void)[] = []
afterEach(() => {
  for (const each of stop.splice(0)) each()
})

async function startAgent(server: ProbeServer, number: number, options?: FakeAgentOptions) {
  const agent = await startProbeAgent(server, number, options)
  stop.push(agent.stop)
  return agent
}

const order: TimedOrder = {
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
  const server = startProbeServer()
  const n1 = await startAgent(server, 1)
  const n2 = await startAgent(server, 2)
  server.create('probe-1', order)
  await expect.poll(() => server.states('probe-1')).toEqual({n1: 'ready', n2: 'done'})
  expect(n1.works).toEqual([])
  const n3 = await startAgent(server, 3)
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
  const server = startProbeServer()
  const n1 = await startAgent(server, 1, {send: () => Promise.withResolvers<never>().promise})
  await startAgent(server, 2)
  server.create('probe-1', {...order, pairs: [{from: 'n1', to: 'n2'}]})
  await expect.poll(() => n1.works.length).toBe(1)
  server.remove('probe-1')
  await expect.poll(() => n1.open).toBe(0)
})

test('a Node that refused is not sent to', async () => {
  const server = startProbeServer()
  const n1 = await startAgent(server, 1)
  server.create('probe-1', order, {
    n2: {state: 'refused', reason: 'no room'},
    n3: {state: 'refused', reason: 'no room'},
  })
  await expect.poll(() => server.states('probe-1')['n1']).toBe('done')
  expect(n1.works).toEqual([])
})

test('several sessions at once; one too many is refused with whose turn it is, and the next is taken', async () => {
  const server = startProbeServer()
  const n2 = await startAgent(server, 2)
  const alone = {...order, pairs: [{from: 'n9', to: 'n2'}]}
  for (const name of ['probe-1', 'probe-2', 'probe-3', 'probe-4']) {
    server.create(name, alone)
    await expect.poll(() => server.states(name)).toEqual({n2: 'done'})
  }
  expect(n2.open).toBe(4)
  server.create('probe-5', alone)
  await expect
    .poll(() => server.agents('probe-5')['n2']?.reason)
    .toBe('it takes part in sessions probe-1, probe-2, probe-3, probe-4, and in no more at once')
  server.remove('probe-1')
  await expect.poll(() => n2.open).toBe(3)
  server.create('probe-6', alone)
  await expect.poll(() => server.states('probe-6')).toEqual({n2: 'done'})
})

test('more than the budget is refused before anything is made', async () => {
  const server = startProbeServer()
  const n1 = await startAgent(server, 1)
  server.create('probe-1', {...order, packetsPerSecond: 1000})
  await expect
    .poll(() => server.agents('probe-1')['n1']?.reason)
    .toBe('it would send 6000 packets a second, more than 1000')
  expect(n1.open).toBe(0)
})

test('what a process before this one began is left alone, and a failure is told', async () => {
  const server = startProbeServer()
  server.create('probe-0', order, {n1: {state: 'refused', reason: 'begun before'}})
  const n1 = await startAgent(server, 1)
  server.create('probe-1', {...order, pairs: [{from: 'n2', to: 'n1'}]})
  await expect.poll(() => server.states('probe-1')).toEqual({n1: 'done'})
  expect(server.agents('probe-0')['n1']?.reason).toBe('begun before')
  expect(n1.open).toBe(1)
})

const addresses = {live: '10.244.1.9', routed: '10.244.1.10', tunnelled: '10.244.1.11'}

test('a part that a process before this one did not end is ended with the reason: nobody waits for it', async () => {
  const server = startProbeServer()
  server.create('probe-0', order, {n1: {state: 'ready', addresses}, n2: {state: 'done'}})
  server.create('probe-1', order, {n1: {state: 'done', addresses, results: []}})
  const n1 = await startAgent(server, 1)
  await expect.poll(() => server.states('probe-0')).toEqual({n1: 'refused', n2: 'done'})
  expect(server.agents('probe-0')['n1']?.reason).toBe('its agent was started anew meanwhile')
  expect(server.states('probe-1')).toEqual({n1: 'done'})
  expect([n1.open, n1.works]).toEqual([0, []])
})

describe('a steady session', () => {
  const steady: SteadyOrder = {pairs: order.pairs, forms: ['live'], packetsPerSecond: 50, renewal: 0}
  const renew = (server: ProbeServer, name: string, renewal: number) =>
    server.api.patch(`/apis/x/probesessions/${name}`, {spec: {renewal}})

  test('agents tell what they have counted at each renewal, and send to whoever has come', async () => {
    const server = startProbeServer()
    const n1 = await startAgent(server, 1)
    await startAgent(server, 2)
    server.create('probe-1', steady)
    await expect.poll(() => n1.streams.map(({to}) => to)).toEqual(['n2'])
    await renew(server, 'probe-1', 1)
    await expect.poll(() => server.agents('probe-1')['n1']).toMatchObject({renewal: 1, counts: [{to: 'n2', sent: 100}]})
    await startAgent(server, 3)
    await expect.poll(() => n1.streams.map(({to, ip}) => `${to} ${ip}`)).toEqual(['n2 10.244.2.9', 'n3 10.244.3.9'])
    server.remove('probe-1')
    await expect.poll(() => n1.open).toBe(0)
  })

  test('an agent that was started anew takes part again, as another run, and is sent to anew', async () => {
    const server = startProbeServer()
    const n1 = await startAgent(server, 1)
    const n2 = await startAgent(server, 2)
    server.create('probe-1', {...steady, renewal: 7})
    await expect.poll(() => n1.streams).toHaveLength(1)
    const [before] = n1.streams
    n2.stop()
    await expect.poll(() => server.watchers.size).toBe(1)
    await startAgent(server, 2)
    await expect.poll(() => n1.streams[0]?.toRun !== before?.toRun).toBe(true)
    expect(server.agents('probe-1')['n2']).toMatchObject({state: 'running', renewal: 7})
  })

  test('what keeps a Node from taking part is told, and tried again', async () => {
    const server = startProbeServer()
    let trouble: string | undefined = 'Open vSwitch is away'
    await startAgent(server, 1, {trouble: () => trouble})
    server.create('probe-1', steady)
    await expect.poll(() => server.agents('probe-1')['n1']?.reason).toBe('Open vSwitch is away')
    trouble = undefined
    await expect.poll(() => server.states('probe-1')['n1']).toBe('running')
  })

  test('an account that the API server did not take is in the next one', async () => {
    const server = startProbeServer()
    const n1 = await startAgent(server, 1)
    await startAgent(server, 2)
    server.create('probe-1', steady)
    await expect.poll(() => n1.streams).toHaveLength(1)
    server.away(true)
    await expect(renew(server, 'probe-1', 1)).rejects.toThrow('away')
    server.away(false)
    await renew(server, 'probe-1', 2)
    await expect.poll(() => server.agents('probe-1')['n1']).toMatchObject({renewal: 2, counts: [{sent: 100}]})
    expect(n1.open).toBe(1)
  })

  test('one that nobody renewed is not taken up again by an agent that is started anew', async () => {
    const server = startProbeServer()
    server.create('probe-1', steady, {n1: {state: 'ended', reason: 'nobody renewed it for 60 s'}})
    const n1 = await startAgent(server, 1)
    server.create('probe-2', {...steady, pairs: [{from: 'n1', to: 'n2'}]})
    await expect.poll(() => server.states('probe-2')).toEqual({n1: 'running'})
    expect(server.states('probe-1')).toEqual({n1: 'ended'})
    expect(n1.open).toBe(1)
  })

  test('nobody renews it: the part ends with the reason, and the end closes', async () => {
    const server = startProbeServer()
    const n1 = await startAgent(server, 1, {unrenewed: 50})
    server.create('probe-1', steady)
    await expect.poll(() => server.agents('probe-1')['n1']?.reason).toBe('nobody renewed it for 0.05 s')
    expect([server.states('probe-1')['n1'], n1.open]).toEqual(['ended', 0])
  })
})
