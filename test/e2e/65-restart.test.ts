import {beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {pidOf, until} from '../long/node.ts'
import {judged} from '../long/restarts.ts'
import {allKinds, isWhole, pairOf, underTraffic} from '../long/stream.ts'
import {faultsOf, publishedSchema} from '../json-schema.ts'
import {antctl, antctlLines, antctlOk, kubectl, lab, send, startPods, type TestPod} from './cluster.ts'

let ips: Readonly<Record<TestPod, string>>
const nodes = ['n1', 'n2', 'n3', 'n4'] as const
const event = v.looseObject({event: v.string()})
const report = v.object({events: v.array(event)})

beforeAll(async () => {
  await antctlOk('set-mode', 'hybrid', '--yes')
  ips = await startPods()
})

const agents = () => Promise.all(nodes.map((node) => pidOf(node, 'antrea-agent')))
const switches = () => Promise.all(nodes.map((node) => pidOf(node, 'ovs-vswitchd')))
const podOf = (node: string) =>
  kubectl(
    '-n',
    'kube-system',
    'get',
    'pods',
    '-l',
    'component=antrea-agent',
    '--field-selector',
    `spec.nodeName=${node}`,
    '-o',
    'name',
  )

test('the plan changes nothing', async () => {
  const before = await agents()
  const page = await antctlOk('restart', '--dry-run')
  expect(page).toContain('Restart: the agent on 4 Nodes')
  expect(await agents()).toEqual(before)
  const {stderr, exitCode} = await antctl('restart')
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('nothing was restarted')])
})

test.each(allKinds)(
  'all four agents under TCP and UDP between two Pods, %s: nothing is lost, and Open vSwitch goes on',
  async (kind) => {
    const [before, vswitchds] = [await agents(), await switches()]
    const pair = pairOf(kind, ips)
    const {account, events} = await judged('restart of all agents', pair, async () => {
      let output = ''
      const account = await underTraffic(pair, async () => {
        output = await antctlOk('restart', '--yes', '-o', 'json')
      })
      return {account, ...v.parse(report, JSON.parse(output))}
    })
    expect(isWhole(account)).toBe(true)
    expect(events.at(-1)).toMatchObject({event: 'ended', state: 'done', lost: 0})
    for (const each of events) expect(faultsOf(each, publishedSchema('restart-event'))).toEqual([])
    const after = await agents()
    expect(nodes.filter((_, at) => after[at] === before[at])).toEqual([])
    expect(await switches()).toEqual(vswitchds)
  },
)

test('with --ovs the Pod is another one, and all is forwarding again', async () => {
  const [pod, vswitchd] = [await podOf('n2'), await pidOf('n2', 'ovs-vswitchd')]
  const stream = send('udp', ips.near, 20, 200)
  await antctlOk('restart', '--ovs', '--nodes', 'n2', '--yes')
  const {longestGapMs} = await stream
  console.log(`restart --ovs: a Pod of n2 was cut off for ${longestGapMs} ms`)
  expect(longestGapMs).toBeLessThan(15_000)
  expect(await podOf('n2')).not.toBe(pod)
  expect(await pidOf('n2', 'ovs-vswitchd')).not.toBe(vswitchd)
  expect((await send('udp', ips.near, 2, 200)).lost).toBe(0)
})

test('a Node that is not back in time stops it, and it says where it stands', async () => {
  const [, , , before] = await agents()
  const {stderr, exitCode} = await antctl('restart', '--nodes', 'n3,n4', '--yes', '--timeout', '0.1s')
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/n3 does not forward as it must within 0\.1 s: /u)])
  expect(stderr).toContain('not touched: n4')
  expect(stderr).toContain('antctl restart --nodes n3,n4 goes on')
  expect((await agents())[3]).toBe(before)
  await antctlOk('restart', '--nodes', 'n4', '--yes')
})

test('Ctrl-C in the middle: what is done, what is not, and how to go on', async () => {
  const running = antctlLines(
    (line) => {
      const {event: happened, state} = v.parse(
        v.looseObject({event: v.string(), state: v.optional(v.string())}),
        JSON.parse(line),
      )
      if (happened === 'node' && state === 'started') running.kill('SIGINT')
    },
    'restart',
    '--yes',
    '--events',
  )
  const {exitCode, stderr} = await running
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining('restarting: n1; not touched: n2, n3, n4')])
  expect(stderr).toContain('antctl restart --nodes n1,n2,n3,n4 goes on')
})

test('a Node without power is named before anything is done', async () => {
  await lab('stop', 'n4')
  try {
    const {stderr, exitCode} = await antctl('restart', '--yes')
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('n4 does not answer')])
    expect(stderr).toContain('antctl restart --nodes n1,n2,n3 leaves it out')
    await antctlOk('restart', '--nodes', 'n1', '--yes')
  } finally {
    await lab('start', 'n4')
  }
  await kubectl('wait', '--for=condition=Ready', 'node/n4', '--timeout=60s')
  await kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/antrea-agent', '--timeout=60s')
  await until('n4 is in the mode again', async () => {
    const {exitCode} = await antctl('check', 'mode', '--expect', 'hybrid', '--nodes', 'n1,n4', '--seconds', '1')
    return exitCode === 0
  })
})
