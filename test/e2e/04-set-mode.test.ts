import {beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctlOk, inPod, type Kind, kinds, kubectl, onNode, send, startPods} from './cluster.ts'

const seconds = 30
const kindNames: readonly Kind[] = ['same-node', 'same-subnet', 'cross-subnet']
let ips: Awaited<ReturnType<typeof startPods>>

beforeAll(async () => {
  ips = await startPods()
  await antctlOk('set-mode', 'encap', '--yes')
})

test('encap to hybrid and back under 1 kHz UDP and a TCP stream: nothing lost, nothing restarted', async () => {
  const control = await traffic(5, async () => undefined)
  console.log(`control run of 5 s without a change: ${JSON.stringify(control)}`)
  const before = await processes()
  const result = await traffic(seconds, async () => {
    await inPod('a', 'sleep', '2')
    console.log(await antctlOk('set-mode', 'hybrid', '--yes'))
    console.log(await antctlOk('set-mode', 'encap', '--yes'))
  })
  for (const row of result)
    console.log(`${row.kind} ${row.protocol}: sent ${row.sent}, lost ${row.lost}, longest gap ${row.longestGapMs} ms`)
  expect(await processes()).toEqual(before)
  expect(
    result.map(({kind, protocol, lost, resets, reconnects}) => ({kind, protocol, lost, resets, reconnects})),
  ).toEqual(result.map(({kind, protocol}) => ({kind, protocol, lost: 0, resets: 0, reconnects: 0})))
})

async function traffic(duration: number, during: () => Promise<void>) {
  const streams = kindNames.flatMap((kind) =>
    (['udp', 'tcp'] as const).map(async (protocol) => {
      const rate = protocol === 'udp' ? 1000 : 100
      return {kind, protocol, ...(await send(protocol, ips[kinds[kind]], duration, rate))}
    }),
  )
  await during()
  return Promise.all(streams)
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
      `${metadata.namespace}/${metadata.name}`,
      one.name,
      one.containerID,
      one.restartCount,
    ]),
  )
  const pids = await Promise.all(
    ['n1', 'n2', 'n3', 'n4'].map(async (node) => [
      await onNode(node, 'pgrep', '-x', 'ovs-vswitchd'),
      await onNode(node, 'pgrep', '-f', 'antrea-agent.mjs'),
    ]),
  )
  return {containers: containers.sort(), pids}
}
