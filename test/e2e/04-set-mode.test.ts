import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctlOk, type Kind, kinds, kubectl, onNode, type Sent, send, startPods} from './cluster.ts'

const kindNames: readonly Kind[] = ['same-node', 'same-subnet', 'cross-subnet']
const controlSeconds = 5
const changeSeconds = 20
/** Two cores run the whole cluster, and a stall of the machine loses packets too: a run that lost is repeated. */
const attempts = 3
let ips: Awaited<ReturnType<typeof startPods>>
let before: unknown

beforeAll(async () => {
  ips = await startPods()
  await antctlOk('set-mode', 'encap', '--yes')
  before = await processes()
})

afterAll(async () => {
  await antctlOk('set-mode', 'encap', '--yes')
})

test.each(kindNames)('%s: encap to hybrid and back under 1 kHz UDP and a TCP stream loses nothing', async (kind) => {
  const runs: Run[] = []
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    console.log(describe(`${kind}, control of ${controlSeconds} s`, await traffic(kind, controlSeconds)))
    const change = traffic(kind, changeSeconds)
    await sleep(2000)
    await antctlOk('set-mode', 'hybrid', '--yes')
    await antctlOk('set-mode', 'encap', '--yes')
    const run = await change
    console.log(describe(`${kind}, encap to hybrid and back, attempt ${attempt}`, run))
    runs.push(run)
    if (run.udp.lost === 0) break
  }
  expect(runs.map(({tcp}) => [tcp.lost, tcp.resets, tcp.reconnects])).toEqual(runs.map(() => [0, 0, 0]))
  expect(Math.min(...runs.map(({udp}) => udp.lost))).toBe(0)
})

test('agents, ovs-vswitchd and Pods are the processes that they were', async () => {
  expect(await processes()).toEqual(before)
})

interface Run {
  readonly udp: Sent
  readonly tcp: Sent
}

async function traffic(kind: Kind, duration: number): Promise<Run> {
  const to = ips[kinds[kind]]
  const [udp, tcp] = await Promise.all([send('udp', to, duration, 1000), send('tcp', to, duration, 100)])
  return {udp, tcp}
}

function describe(what: string, {udp, tcp}: Run): string {
  const line = ({sent, lost, longestGapMs}: Sent) =>
    `lost ${lost} of ${sent}, longest gap ${longestGapMs.toFixed(0)} ms`
  return `${what}: UDP ${line(udp)}; TCP ${line(tcp)}, ${tcp.resets} resets`
}

const pods = v.object({
  items: v.array(
    v.object({
      metadata: v.object({name: v.string(), namespace: v.string()}),
      status: v.object({
        containerStatuses: v.array(v.object({name: v.string(), containerID: v.string(), restartCount: v.number()})),
      }),
    }),
  ),
})

/** Every container of the cluster and, on each Node, the process ids of agent and switch. */
async function processes(): Promise<unknown> {
  const list = v.parse(pods, JSON.parse(await kubectl('get', 'pods', '-A', '-o', 'json')))
  const containers = list.items.flatMap(({metadata, status}) =>
    status.containerStatuses.map((one) => [
      metadata.namespace,
      metadata.name,
      one.name,
      one.containerID,
      one.restartCount,
    ]),
  )
  const pids = await Promise.all(
    ['n1', 'n2', 'n3', 'n4'].map(async (node) => [
      await onNode(node, 'pgrep', '-x', 'ovs-vswitchd'),
      await onNode(node, 'pgrep', '-f', '^[^ ]*node .*antrea-agent.mjs'),
    ]),
  )
  return {containers: containers.map((row) => row.join(' ')).sort(), pids}
}
