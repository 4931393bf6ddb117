import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import {peersOf} from '../../src/model/node.ts'
import {startHands} from './hands-of.ts'
import {
  clusterNode,
  datapath,
  inside,
  namespaceOf,
  networkOf,
  type NodeSpec,
  podIp,
  run,
  startUnderlay,
  topology,
  transportDevice,
  type Underlay,
} from './underlay.ts'
import {formOnWire, listen, traffic} from './wire.ts'

const [near, , far] = topology
const undo = new AsyncDisposableStack()
let underlay: Underlay
let hands: ReturnType<typeof startHands>[]

/** Every Node gets a mask that leaves its router out, as instances of Google Cloud have it. */
beforeAll(async () => {
  underlay = undo.use(await startUnderlay())
  for (const node of topology) await narrow(node)
  hands = topology.map((node) => undo.use(startHands(node, underlay.runDirOf(node.name))))
  for (const pod of ['p2a', 'p3a']) undo.use(await listen(pod))
})

afterAll(() => undo.disposeAsync())

async function narrow({name, transport, router}: NodeSpec): Promise<void> {
  const lines = [
    `address add ${transport}/32 dev ${transportDevice}`,
    `address del ${transport}/24 dev ${transportDevice}`,
    `route add ${router} dev ${transportDevice} scope link`,
    `route replace default via ${router} dev ${transportDevice} onlink`,
  ]
  await execa('ip', ['-netns', namespaceOf(name), '-batch', '-'], {input: `${lines.join('\n')}\n`})
}

function becomeAll(mode: 'encap' | 'hybrid') {
  return Promise.all(
    topology.map(async (node, at) => {
      const transport = [{ip: parseIp(node.transport), prefix: 32}]
      const {wiring} = networkOf(node, {mode})
      const peers = peersOf(node.name, topology.map(clusterNode), transport)
      return hands[at]?.become({mode, wiring: {...wiring, transport}, peers})
    }),
  )
}

async function appctl({name}: NodeSpec, ...args: readonly string[]): Promise<string> {
  const runDir = underlay.runDirOf(name)
  const socket = (await readdir(runDir)).find((entry) => /^ovs-vswitchd\.\d+\.ctl$/u.test(entry)) ?? ''
  return (await run('ovs-appctl', ['-t', join(runDir, socket), ...args])).stdout
}

async function rowsOf(node: NodeSpec): Promise<readonly string[]> {
  return (await appctl(node, 'ovs/route/show')).split('\n').filter((line) => line.startsWith('User:'))
}

async function pass(): Promise<void> {
  for (const pod of ['p2a', 'p3a'] as const) {
    const form = await formOnWire(podIp('p1a'), podIp(pod), async () => {
      expect(await traffic('p1a', 'tcp', podIp(pod), 7000, 200_000)).toEqual({sent: 200_000, back: 200_000})
      expect(await traffic('p1a', 'udp', podIp(pod), 7000, 200)).toMatchObject({lost: 0, twice: 0})
    })
    expect(form).toBe('geneve')
  }
}

describe.each(['encap', 'hybrid'] as const)('%s with /32 masks', (mode) => {
  test('packets to peers behind the router are tunnelled and come through', async () => {
    await becomeAll(mode)
    await pass()
    expect(await becomeAll(mode)).toEqual([[], [], []])
  })
})

describe.runIf(datapath === 'netdev')("Open vSwitch's own routes", () => {
  const rows = [
    `User: 172.30.1.8/29 dev br-phy GW ${near.router} SRC ${near.transport}`,
    `User: 172.30.0.0/22 dev br-phy GW ${near.router} SRC ${near.transport}`,
  ]

  test('are those of the peers, and are put back', async () => {
    expect(await rowsOf(near)).toEqual(rows)
    await appctl(near, 'ovs/route/del', '172.30.0.0/22')
    await appctl(near, 'ovs/route/add', `${near.transport}/30`, 'br-phy', '172.30.1.99')
    await becomeAll('encap')
    expect(await rowsOf(near)).toEqual(rows)
    await pass()
  })

  test('come back with a new ovs-vswitchd', async () => {
    await underlay.switchOf(far.name).kill()
    await underlay.switchOf(far.name).start({flowRestoreWait: 'unset'})
    await expect.poll(() => rowsOf(far).catch(() => undefined), {timeout: 10_000}).toEqual([])
    const at = topology.indexOf(far)
    await hands[at]?.[Symbol.asyncDispose]()
    hands[at] = undo.use(startHands(far, underlay.runDirOf(far.name)))
    await becomeAll('encap')
    expect(await rowsOf(far)).toEqual([`User: 172.30.0.0/22 dev br-phy GW ${far.router} SRC ${far.transport}`])
    await pass()
  })

  test('follow when the mask holds the subnet again', async () => {
    const {name, transport, router} = near
    await execa('ip', inside(name, 'ip', ['address', 'add', `${transport}/24`, 'dev', transportDevice]))
    await execa('ip', inside(name, 'ip', ['address', 'del', `${transport}/32`, 'dev', transportDevice]))
    await execa('ip', inside(name, 'ip', ['route', 'replace', 'default', 'via', router]))
    await hands[0]?.become({mode: 'encap'})
    expect(await rowsOf(near)).toEqual([
      `User: 172.30.1.0/24 dev br-phy SRC ${transport}`,
      `User: 0.0.0.0/0 dev br-phy GW ${router} SRC ${transport}`,
    ])
    await pass()
  })
})
