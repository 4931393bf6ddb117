import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {type TrafficMode, trafficModeNames} from '../../src/model/traffic-mode.ts'
import {seeded} from '../long/sizes.ts'
import {startHands} from './hands-of.ts'
import {sum, unlessTheMachineStalls} from './machine-stalls.ts'
import {patience} from './patience.ts'
import {
  inside,
  outside,
  podIp,
  type PodSpec,
  run,
  service,
  servicePorts,
  startUnderlay,
  topology,
  transportDevice,
} from './underlay.ts'
import {formOnWire, listen, packetsOnWire, startTraffic, traffic} from './wire.ts'

const pods = topology.flatMap((node) => node.pods)
const pairs = [
  {kind: 'same Node', from: 'p1a', to: 'p1b'},
  {kind: 'same subnet', from: 'p1a', to: 'p2a'},
  {kind: 'across subnets', from: 'p1a', to: 'p3a'},
] as const
const forms: Readonly<Record<TrafficMode, Readonly<Record<PodSpec, string>>>> = {
  encap: {p1a: 'none', p1b: 'none', p2a: 'geneve', p3a: 'geneve'},
  hybrid: {p1a: 'none', p1b: 'none', p2a: 'plain', p3a: 'geneve'},
  noEncap: {p1a: 'none', p1b: 'none', p2a: 'plain', p3a: 'plain'},
}

const knocks = v.object({sent: v.number(), failed: v.number(), slowest: v.number(), faults: v.array(v.string())})
const mixture = v.object({
  udp: v.object({sent: v.number(), lost: v.number(), twice: v.number()}),
  long: v.object({sent: v.number(), heard: v.number(), silence: v.number()}),
  short: knocks,
})

const datagrams = v.object({
  sent: v.number(),
  lost: v.number(),
  first: v.nullable(v.number()),
  last: v.nullable(v.number()),
  twice: v.number(),
})
const stream = v.object({sent: v.number(), heard: v.number(), silence: v.number()})

const undo = new AsyncDisposableStack()
let runDirs: (node: string) => string
const hands: Awaited<ReturnType<typeof startHands>>[] = []

beforeAll(async () => {
  const underlay = undo.use(await startUnderlay())
  runDirs = underlay.runDirOf
  for (const node of topology) hands.push(undo.use(startHands(node, runDirs(node.name))))
  for (const pod of pods) undo.use(await listen(pod))
})

afterAll(() => undo.disposeAsync())

describe.each(trafficModeNames)('%s', (mode) => {
  beforeAll(() => becomeAll({mode}))

  test('a second plan finds nothing to do', async () => {
    expect(await becomeAll({mode})).toEqual([[], [], []])
  })

  test.each(pairs)('$kind: TCP, UDP and ping pass, in the form that the mode says', async ({from, to}) => {
    const form = await formOnWire(podIp(from), podIp(to), async () => {
      expect(await ping(from, podIp(to))).toBe('3 packets received')
      expect(await traffic(from, 'tcp', podIp(to), 7000, 200_000)).toEqual({sent: 200_000, back: 200_000})
      expect(await traffic(from, 'udp', podIp(to), 7000, 200)).toMatchObject({lost: 0, twice: 0})
    })
    expect(form).toBe(forms[mode][to])
  })

  test.each(topology)('$name itself reaches every Pod', async ({name}) => {
    for (const pod of pods) expect(await ping(name, podIp(pod))).toBe('3 packets received')
  })

  test.each(['p1b', 'p2a', 'p3a'] as const)('a Service that the Node translates to %s', async (pod) => {
    const result = v.parse(knocks, await traffic('p1a', 'knock', service, servicePorts[pod], 5))
    expect(result.failed).toBe(0)
  })

  test('to the outside with the address of the Node', async () => {
    expect(await sourceOutside()).toBe('172.30.1.11')
  })
})

describe('large packets', () => {
  const fills = {encap: 1450, hybrid: 1450, noEncap: 1500} as const

  test.each(trafficModeNames)('%s: as much as fits passes, and the sender of more is told at once', async (mode) => {
    await becomeAll({mode})
    for (const {to} of pairs.slice(1)) {
      expect(await unfragmented('p1a', podIp(to), fills[mode])).toContain(' 0% packet loss')
      const tooMuch = await unfragmented('p1a', podIp(to), fills[mode] + 1)
      expect(tooMuch).toMatch(mode === 'noEncap' ? /message too long/u : /message too long, mtu=1450/u)
    }
  })

  const changes: readonly (readonly [TrafficMode, TrafficMode])[] = [
    ['noEncap', 'encap'],
    ['encap', 'noEncap'],
    ['noEncap', 'hybrid'],
  ]
  test.each(changes)('%s to %s: datagrams of 1 400 octets lose nothing', async (before, after) => {
    const missing = await withControl(before, after, 'large', (result) => {
      const {sent, lost, first, last, twice} = v.parse(datagrams, result)
      const where = lost === 0 ? '' : `, from number ${first} to ${last}`
      return {line: `${lost} of ${sent} datagrams of 1 400 octets lost${where}`, missing: lost + twice}
    })
    expect(missing).toBe(0)
  })

  test.each(changes)('%s to %s: a full stream goes on', async (before, after) => {
    const missing = await withControl(before, after, 'bulk', (result) => {
      const {sent, heard, silence} = v.parse(stream, result)
      return {line: `a stream of ${sent} octets, silent for ${silence} ms at most`, missing: sent - heard}
    })
    expect(missing).toBe(0)
  })
})

test('noSNAT: to the outside with the own address', async () => {
  await becomeAll({mode: 'noEncap', noSNAT: true})
  expect(await sourceOutside()).toBe(podIp('p1a'))
})

test('another agent process finds all in place, and what others spoiled it mends', async () => {
  await becomeAll({mode: 'hybrid'})
  const [node] = topology
  await using successor = startHands(node, runDirs(node.name))
  expect(await successor.become({mode: 'hybrid'})).toEqual([])
  const bridge = `unix:${runDirs(node.name)}/br-int.mgmt`
  await run('ovs-ofctl', ['-O', 'OpenFlow15', 'add-flow', bridge, 'table=21,priority=9000,ip,actions=drop'])
  await run('ip', inside(node.name, 'ip', ['route', 'del', '10.244.2.0/24', 'table', '166']))
  expect(await successor.become({mode: 'hybrid'})).toEqual([
    `make the Node know 172.30.1.12 dev ${transportDevice}`,
    'route 10.244.2.0/24 via 172.30.1.12',
    'change flows: 0 put, 1 removed',
  ])
  expect(await ping('p1a', podIp('p2a'))).toBe('3 packets received')
})

describe('a change, one Node after the other', () => {
  test.each<readonly [TrafficMode, TrafficMode]>([
    ['encap', 'encap'],
    ['encap', 'hybrid'],
    ['hybrid', 'encap'],
    ['encap', 'noEncap'],
    ['noEncap', 'hybrid'],
    ['hybrid', 'noEncap'],
    ['noEncap', 'encap'],
  ])('%s to %s loses nothing', async (before, after) => {
    const results = await unlessTheMachineStalls(async () => {
      const results = await changeUnderWay(before, after)
      process.stdout.write(`${before} to ${after}: ${results.map(describeResult).join('; ')}\n`)
      return {results, missing: sum(results.map(missing)), isControlWhole: !stoodStill(results)}
    })
    expect(results.results.map(missing)).toEqual([0, 0, 0])
  })
})

describe('changes one after the other', () => {
  const random = seeded()
  /** The modes in turn, no two alike side by side. */
  const turns = Array.from({length: 12}, () => 1 + Math.floor(random() * 2))

  test('a small datagram each millisecond to the same subnet: none is lost', async () => {
    let at = 0
    await becomeAll({mode: 'encap'})
    const {missing} = await unlessTheMachineStalls(async () => {
      const [control, judged] = await Promise.all([
        startTraffic('p1a', podIp('p1b'), 7000, 'steady'),
        startTraffic('p1a', podIp('p2a'), 7000, 'steady'),
      ])
      for (const turn of turns) {
        at = (at + turn) % trafficModeNames.length
        const mode = trafficModeNames[at]
        if (mode === undefined) throw new Error('a mode a number')
        await stepByStep(mode)
      }
      const [still, moved] = [v.parse(datagrams, await control.finish()), v.parse(datagrams, await judged.finish())]
      process.stdout.write(`${turns.length} changes: ${moved.lost} of ${moved.sent} lost; same Node ${still.lost}\n`)
      return {missing: moved.lost + moved.twice, isControlWhole: still.lost === 0}
    })
    expect(missing).toBe(0)
  })

  test('the kernel tells of no route', async () => {
    await becomeAll({mode: 'noEncap'})
    const monitor = execa('ip', inside('n1', 'ip', ['-4', 'monitor', 'route']), {reject: false, lines: true})
    for (const mode of ['encap', 'hybrid', 'encap', 'noEncap', 'hybrid', 'noEncap'] as const) await becomeAll({mode})
    await run('ip', inside('n1', 'ip', ['route', 'add', 'blackhole', '10.98.0.0/16']))
    await run('ip', inside('n1', 'ip', ['route', 'del', 'blackhole', '10.98.0.0/16']))
    await sleep(100 * patience)
    monitor.kill('SIGINT')
    const told = (await monitor).stdout.map((line) => line.trim())
    expect(told).toEqual(['blackhole 10.98.0.0/16', 'Deleted blackhole 10.98.0.0/16'])
  })
})

type Result = v.InferOutput<typeof mixture> & {readonly kind: string}

/** Traffic of each kind of pair from before to after the change. */
async function changeUnderWay(before: TrafficMode, after: TrafficMode): Promise<readonly Result[]> {
  await becomeAll({mode: before})
  const running = await Promise.all(
    pairs.map(async ({kind, from, to}) => ({kind, ...(await startTraffic(from, podIp(to), 7000))})),
  )
  await sleep(800)
  await stepByStep(after)
  return Promise.all(running.map(async ({kind, finish}) => ({kind, ...v.parse(mixture, await finish())})))
}

async function stepByStep(mode: TrafficMode): Promise<void> {
  for (const {become} of hands) {
    await become({mode})
    await sleep(300)
  }
  await sleep(800)
}

/** What ping(8) says of packets of this size that nobody may cut. */
async function unfragmented(from: string, to: string, size: number): Promise<string> {
  const args = ['-nc2', '-i0.2', '-W2', '-Mdo', `-s${size - 28}`, to]
  const {stdout, stderr} = await execa('ip', inside(from, 'ping', args), {reject: false})
  return `${stdout}\n${stderr}`
}

/** One kind of traffic across subnets during a change, beside the control that the change does not touch. */
async function withControl(
  before: TrafficMode,
  after: TrafficMode,
  role: 'large' | 'bulk',
  judge: (result: unknown) => {readonly line: string; readonly missing: number},
): Promise<number> {
  const {missing} = await unlessTheMachineStalls(async () => {
    await becomeAll({mode: before})
    const control = await startTraffic('p1a', podIp('p1b'), 7000)
    const judged = await startTraffic('p1a', podIp('p3a'), 7000, role)
    await sleep(800)
    await stepByStep(after)
    const still = {kind: 'same Node', ...v.parse(mixture, await control.finish())}
    const result = judge(await judged.finish())
    process.stdout.write(`${before} to ${after}: ${result.line}; ${describeResult(still)}\n`)
    return {...result, isControlWhole: !stoodStill([still])}
  })
  return missing
}

/** The change does not touch packets that stay on their Node: they are the control, and a fault of theirs is the machine's. */
function stoodStill([control]: readonly Result[]): boolean {
  return control === undefined || missing(control) > 0 || control.long.silence > 100 * patience
}

function missing({udp, long, short}: Result): number {
  return udp.lost + udp.twice + (long.sent - long.heard) + short.failed
}

function describeResult({kind, udp, long, short}: Result): string {
  const fresh = `${short.failed} of ${short.sent} new ones failed, the slowest took ${short.slowest} ms`
  const tcp = `silent for ${long.silence} ms at most, ${[fresh, ...short.faults].join(', ')}`
  return `${kind} UDP ${udp.lost} lost, ${udp.twice} twice of ${udp.sent}, TCP ${tcp}`
}

function becomeAll(change: Pick<NodeNetwork, 'mode'> & Partial<NodeNetwork>): Promise<(readonly string[])[]> {
  return Promise.all(hands.map(({become}) => become(change)))
}

/** The line that says how many came back; duplicates stand there too. */
async function ping(from: string, to: string): Promise<string> {
  const {stdout} = await run('ip', inside(from, 'busybox', ['ping', '-c', '3', '-A', '-w', '3', to]))
  return /transmitted, (.*), 0% packet loss/u.exec(stdout)?.[1] ?? stdout
}

async function sourceOutside(): Promise<string | undefined> {
  const lines = await packetsOnWire(`icmp and dst host ${outside}`, async () => {
    expect(await ping('p1a', outside)).toBe('3 packets received')
  })
  return lines[0]?.split(' ')[1]
}
