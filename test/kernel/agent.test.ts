import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import * as v from 'valibot'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {inside, namespaceOf, run, startUnderlay, type Underlay} from '../datapath/underlay.ts'
import {type AgentProcess, agentOf} from './agent-process.ts'
import {startAgent, tables} from './restarts.ts'
import {faults, type Place, placeOf, send, serve, tell, underTraffic, waitForAnswers} from './streams.ts'

const resultShape = v.looseObject({ips: v.tuple([v.object({address: v.string()})])})
const undo = new AsyncDisposableStack()
/** p2a and p3a on other Nodes; the Pods of n1 are made by its agent. */
const [near, far] = [placeOf('p2a'), placeOf('p3a')]
let underlay: Underlay
let agent: AgentProcess
let from: Place
let neighbour: Place

beforeAll(async () => {
  underlay = undo.use(await startUnderlay())
  agent = undo.use(await agentOf(underlay, 'n1'))
  await Promise.all([agent.start(), ...(['n2', 'n3'] as const).map((name) => startAgent(underlay, name))])
  from = (await addPod('k1')).place
  neighbour = (await addPod('k2')).place
  for (const place of [neighbour, near, far]) undo.use(serve(place))
})

beforeEach(() => waitForAnswers(from, [neighbour, near, far]))

afterAll(() => undo.disposeAsync())

/** A Pod of n1 as the container runtime makes it; it goes away with the rest. */
async function addPod(name: string, wishes: Readonly<Record<string, unknown>> = {}) {
  await run('ip', ['netns', 'add', namespaceOf(name)])
  undo.defer(async () => void (await execa('ip', ['netns', 'del', namespaceOf(name)], {reject: false})))
  const result = await agent.call({command: 'ADD', pod: name, wishes})
  const {ips} = v.parse(resultShape, result)
  const place: Place = {name, ip: ips[0].address.replace(/\/\d+$/u, '')}
  return {place, remove: () => agent.call({command: 'DEL', pod: name, wishes, result})}
}

test('Pods leave checksums to their devices, and TCP and UDP pass all the same', async () => {
  expect((await run('ip', inside('k1', 'ethtool', ['-k', 'eth0']))).stdout).toContain('tx-checksumming: on')
  for (const to of [neighbour, near, far])
    for (const protocol of ['udp', 'tcp'] as const)
      expect(await send(from, to, {protocol, seconds: 1, rate: 20, size: 1400})).toMatchObject({lost: 0, duplicates: 0})
})

describe('the agent ends and starts under traffic', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const)('%s: nothing is lost', async (signal) => {
    const before = await tables(underlay, 'n1')
    const heard = await underTraffic({from, to: [neighbour, near, far]}, async () => {
      await sleep(500)
      await agent.kill(signal)
      await agent.start()
      await sleep(500)
    })
    expect(tell(`the agent ended by ${signal}`, heard).map(faults)).toEqual([0, 0, 0])
    expect(await tables(underlay, 'n1')).toEqual(before)
  })
})

test('ovs-vswitchd killed under the agent: nothing is lost on direct paths, all is back as it was', async () => {
  const before = await tables(underlay, 'n1')
  const heard = await underTraffic({from, to: [neighbour, near, far]}, async () => {
    await sleep(500)
    await underlay.switchOf('n1').kill()
    await underlay.switchOf('n1').start({flowRestoreWait: 'set'})
    await underlay.switchOf('n1').released()
    await sleep(1_000)
  })
  tell('ovs-vswitchd killed under the agent', heard)
  expect(await tables(underlay, 'n1')).toEqual(before)
  expect(heard.filter(({to}) => to !== far).map(faults)).toEqual([0, 0])
})

describe('bandwidth', () => {
  const [rate, burst] = [400_000, 200_000]
  const offered = {protocol: 'udp', seconds: 5, rate: 200, size: 1000} as const

  test('of a Pod without a wish: all that is offered passes', async () => {
    expect(await send(from, neighbour, offered)).toMatchObject({lost: 0})
  })

  test.each(['ingress', 'egress'])('%s: no more passes than the burst and what the rate allows', async (direction) => {
    const wish = {[`${direction}Rate`]: rate, [`${direction}Burst`]: burst}
    const {place, remove} = await addPod(`k-${direction}`, {bandwidth: wish})
    await using _server = serve(place)
    await waitForAnswers(from, [place])
    const begin = performance.now()
    const {sent, lost} = await send(from, place, offered)
    const bits = (sent - lost) * offered.size * 8
    const seconds = (performance.now() - begin) / 1000
    process.stdout.write(`${direction}: ${bits} bits of ${sent * offered.size * 8} passed in ${seconds.toFixed(1)} s\n`)
    expect(bits).toBeGreaterThan(0)
    expect(bits).toBeLessThan(burst + rate * seconds)
    expect(lost).toBeGreaterThan(0)
    await remove()
  })

  test('nothing of it is left when the Pods are gone', async () => {
    const {stdout} = await run('ip', inside('n1', 'ip', ['-o', 'link', 'show', 'type', 'ifb']))
    expect(stdout).toBe('')
  })
})
