import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {tunnelPlaces, tunnelPort} from '../../src/agent/wiring/tunnel-ports.ts'
import type {NodeWiring} from '../../src/model/node-network.ts'
import {type TunnelEnd, type TunnelType, tunnelPortOf} from '../../src/model/tunnel.ts'
import {startHands} from './hands-of.ts'
import {networkOf, podIp, startUnderlay, topology, type Underlay} from './underlay.ts'
import {formOnWire, listen, startTraffic, traffic} from './wire.ts'

const mixture = v.object({
  udp: v.object({sent: v.number(), lost: v.number(), twice: v.number()}),
  long: v.object({sent: v.number(), heard: v.number(), silence: v.number()}),
  short: v.object({sent: v.number(), failed: v.number(), slowest: v.number()}),
})

const undo = new AsyncDisposableStack()
let underlay: Underlay
const nodes: {readonly spec: (typeof topology)[number]; readonly hands: ReturnType<typeof startHands>}[] = []

beforeAll(async () => {
  underlay = undo.use(await startUnderlay())
  for (const spec of topology) {
    const hands = undo.use(startHands(spec, underlay.runDirOf(spec.name)))
    nodes.push({spec, hands})
    await hands.become({mode: 'encap'})
    for (const pod of spec.pods) undo.use(await listen(pod))
  }
})

afterAll(() => undo.disposeAsync())

const end = (place: 0 | 1, type: TunnelType): TunnelEnd => {
  return {...tunnelPlaces[place], type, port: tunnelPortOf(type, 0), csum: false}
}

/** Each begins with what the one before left; the last ends with the first end again. */
const changes = [
  [end(0, 'geneve'), end(1, 'vxlan')],
  [end(1, 'vxlan'), end(0, 'gre')],
  [end(0, 'gre'), end(1, 'geneve')],
] as const

test.each(changes)(
  'from $type to $type by a second end, one Node after the other: nothing is lost',
  async (former, next) => {
    const running = await Promise.all((['p2a', 'p3a'] as const).map((pod) => startTraffic('p1a', podIp(pod), 7000)))
    await sleep(500)
    for (const {spec} of nodes) await underlay.switchOf(spec.name).configure(addition(next))
    await inTurn([former, next])
    await inTurn([next, former])
    await inTurn([next])
    for (const {spec} of nodes) await underlay.switchOf(spec.name).configure([`del-port br-int ${former.name}`])
    await sleep(500)
    const results = await Promise.all(running.map(async ({finish}) => v.parse(mixture, await finish())))
    process.stdout.write(`${former.type} to ${next.type}: ${JSON.stringify(results)}\n`)
    expect(results.map(missing)).toEqual([0, 0])
    for (const pod of ['p2a', 'p3a'] as const) {
      const form = await formOnWire(podIp('p1a'), podIp(pod), async () => {
        expect(await traffic('p1a', 'tcp', podIp(pod), 7000, 200_000)).toEqual({sent: 200_000, back: 200_000})
        expect(await traffic('p1a', 'udp', podIp(pod), 7000, 100)).toMatchObject({lost: 0, twice: 0})
      })
      expect(form).toBe(next.type)
    }
  },
)

test.each(['true', 'false'])('csum=%s on the same end, one Node after the other: nothing is lost', async (csum) => {
  const running = await Promise.all((['p2a', 'p3a'] as const).map((pod) => startTraffic('p1a', podIp(pod), 7000)))
  await sleep(500)
  for (const {spec} of nodes) {
    await underlay.switchOf(spec.name).configure([`set Interface antrea-tun1 options:csum=${csum}`])
    await sleep(300)
  }
  const results = await Promise.all(running.map(async ({finish}) => v.parse(mixture, await finish())))
  process.stdout.write(`csum=${csum}: ${JSON.stringify(results)}\n`)
  expect(results.map(missing)).toEqual([0, 0])
})

/** Packets that were lost or came twice, and connections that failed. */
function missing({udp, long, short}: v.InferOutput<typeof mixture>): number {
  return udp.lost + udp.twice + long.sent - long.heard + short.failed
}

async function inTurn(tunnels: NodeWiring['tunnels']): Promise<void> {
  for (const {spec, hands} of nodes) {
    const {wiring} = networkOf(spec, {mode: 'encap'})
    await hands.become({mode: 'encap', wiring: {...wiring, tunnels}})
    await sleep(200)
  }
}

/** As the agent would have it, in ovs-vsctl(8)'s words. */
function addition(wanted: TunnelEnd): readonly string[] {
  const {name, type, ofportRequest, options = {}} = tunnelPort(wanted)
  const words = Object.entries(options).map(([key, value]) => `options:${key}=${value}`)
  return [
    `add-port br-int ${name}`,
    `set Interface ${name} type=${type} ofport_request=${ofportRequest} ${words.join(' ')}`,
  ]
}
