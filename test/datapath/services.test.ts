import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {type TrafficMode, trafficModeNames} from '../../src/model/traffic-mode.ts'
import {startHands} from './hands-of.ts'
import {service, servicePorts, startUnderlay, topology} from './underlay.ts'
import {listen, startTraffic, traffic} from './wire.ts'

// Services of kube-proxy while Nodes differ: one translates the address, and the answer may come back past it.

const servers = {p2a: 1, p3a: 2} as const
const client = 0

const knocks = v.object({sent: v.number(), failed: v.number(), faults: v.array(v.string())})
const stream = v.object({sent: v.number(), heard: v.number()})

const undo = new AsyncDisposableStack()
const hands: Awaited<ReturnType<typeof startHands>>[] = []

beforeAll(async () => {
  const underlay = undo.use(await startUnderlay())
  for (const node of topology) hands.push(undo.use(startHands(node, underlay.runDirOf(node.name))))
  for (const pod of topology.flatMap(({pods}) => pods)) undo.use(await listen(pod))
})
afterAll(() => undo.disposeAsync())

const become = (node: number, mode: TrafficMode) => hands[node]?.become({mode})

const pairs = Object.keys(servers).filter(isServer)
const differing = pairs.flatMap((to) =>
  trafficModeNames.flatMap((of) => trafficModeNames.filter((at) => at !== of).map((at) => ({to, of, at}))),
)

test.each(differing)(
  'a client whose Node is in $of opens connections to a Service, whose Pod $to is on a Node in $at',
  async ({to, of, at}) => {
    for (const node of topology.keys()) await become(node, node === client ? of : at)
    expect(v.parse(knocks, await traffic('p1a', 'knock', service, servicePorts[to], 3))).toMatchObject({
      failed: 0,
      faults: [],
    })
  },
)

test.each(
  differing.flatMap(({to, of, at}) =>
    (['client', 'server'] as const).map((first) => ({to, from: of, mode: at, first})),
  ),
)(
  'a connection to a Service, whose Pod $to is elsewhere, outlives a change from $from to $mode, on the Node of the $first first',
  async ({to, from, mode, first}) => {
    for (const node of topology.keys()) await become(node, from)
    const open = await startTraffic('p1a', service, servicePorts[to], 'bulk')
    await sleep(300)
    const order = first === 'client' ? [client, servers[to]] : [servers[to], client]
    for (const node of order) {
      await become(node, mode)
      await sleep(200)
    }
    const {sent, heard} = v.parse(stream, await open.finish())
    expect(sent).toBeGreaterThan(0)
    expect(heard).toBe(sent)
  },
)

function isServer(pod: string): pod is keyof typeof servers {
  return Object.hasOwn(servers, pod)
}
