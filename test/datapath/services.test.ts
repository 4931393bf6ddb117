import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {gatewayOf} from '../../src/model/address.ts'
import {type TrafficMode, trafficModeNames} from '../../src/model/traffic-mode.ts'
import {startHands} from './hands-of.ts'
import {inside, podCidrOf, run, service, servicePorts, startUnderlay, topology} from './underlay.ts'
import {listen, startTraffic, traffic} from './wire.ts'

// Services of kube-proxy while Nodes differ: one translates the address, and the answer may come back past it.

const servers = {p2a: 1, p3a: 2} as const
const client = 0

const knocks = v.object({sent: v.number(), failed: v.number(), faults: v.array(v.string())})
const stream = v.object({sent: v.number(), heard: v.number()})
const datagrams = v.object({sent: v.number(), lost: v.number()})

const undo = new AsyncDisposableStack()
const hands: Awaited<ReturnType<typeof startHands>>[] = []

beforeAll(async () => {
  const underlay = undo.use(await startUnderlay())
  for (const node of topology) hands.push(undo.use(startHands(node, underlay.runDirOf(node.name))))
  for (const pod of topology.flatMap(({pods}) => pods)) undo.use(await listen(pod))
})
afterAll(() => undo.disposeAsync())

const become = (node: number, modes: {readonly mode: TrafficMode; readonly formerMode?: TrafficMode}) =>
  hands[node]?.become(modes)

const pairs = Object.keys(servers).filter(isServer)
const differing = pairs.flatMap((to) =>
  trafficModeNames.flatMap((of) => trafficModeNames.filter((at) => at !== of).map((at) => ({to, of, at}))),
)

test.each(differing)(
  'a client whose Node is in $of opens connections to a Service, whose Pod $to is on a Node in $at',
  async ({to, of, at}) => {
    for (const node of topology.keys()) await become(node, {mode: node === client ? of : at})
    expect(v.parse(knocks, await traffic('p1a', 'knock', service, servicePorts[to], 3))).toMatchObject({
      failed: 0,
      faults: [],
    })
  },
)

const changing = differing.flatMap(({to, of, at}) =>
  (['client', 'server'] as const).map((first) => ({to, from: of, mode: at, first})),
)

type Changing = (typeof changing)[number]

/** What is under way from p1a while the two Nodes change one after the other. */
async function during({to, from, mode, first}: Changing, role: 'bulk' | 'ask'): Promise<unknown> {
  for (const node of topology.keys()) await become(node, {mode: from})
  const open = await startTraffic('p1a', service, servicePorts[to], role)
  await sleep(300)
  const order = first === 'client' ? [client, servers[to]] : [servers[to], client]
  for (const node of order) {
    await become(node, {mode, formerMode: from})
    await sleep(200)
  }
  return open.finish()
}

test.each(changing)(
  'a connection to a Service, whose Pod $to is elsewhere, outlives a change from $from to $mode, on the Node of the $first first',
  async (changed) => {
    const {sent, heard} = v.parse(stream, await during(changed, 'bulk'))
    expect(sent).toBeGreaterThan(0)
    expect(heard).toBe(sent)
  },
)

test.each(changing)(
  'questions by UDP to a Service, whose Pod $to is elsewhere, are answered during a change from $from to $mode, on the Node of the $first first',
  async (changed) => {
    const {sent, lost} = v.parse(datagrams, await during(changed, 'ask'))
    expect(sent).toBeGreaterThan(20)
    expect(lost).toBe(0)
  },
)

test.each(differing)(
  'a client whose Node is in $of is answered by UDP to a Service, whose Pod $to is on a Node in $at',
  async ({to, of, at}) => {
    for (const node of topology.keys()) await become(node, {mode: node === client ? of : at})
    expect(v.parse(datagrams, await traffic('p1a', 'udp', service, servicePorts[to], 50))).toMatchObject({
      sent: 50,
      lost: 0,
    })
  },
)

test.each(differing)(
  "a Node in $of pings from its gateway that of $to's Node, which is in $at",
  async ({to, of, at}) => {
    for (const node of topology.keys()) await become(node, {mode: node === client ? of : at})
    const [from, target] = [client, servers[to]].flatMap((node) => topology.slice(node, node + 1).map(podCidrOf))
    if (from === undefined || target === undefined) throw new Error('a Node too few')
    const args = ['-c', '3', '-i', '0.2', '-W', '1', '-I', gatewayOf(from), gatewayOf(target)]
    const answer = await run('ip', inside('n1', 'ping', args))
    expect(answer.stdout).toContain('3 received')
  },
)

function isServer(pod: string): pod is keyof typeof servers {
  return Object.hasOwn(servers, pod)
}
