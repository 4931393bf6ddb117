import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctl, antctlOk, onNode, send, startPods} from './cluster.ts'

/** Where each Node's Pods are, in the two subnets of the lab. */
const nodes = [
  {name: 'n1', podCidr: '10.244.1.0/24', transport: '172.30.1.11', router: '172.30.1.1'},
  {name: 'n2', podCidr: '10.244.2.0/24', transport: '172.30.1.12', router: '172.30.1.1'},
  {name: 'n3', podCidr: '10.244.3.0/24', transport: '172.30.2.13', router: '172.30.2.1'},
  {name: 'n4', podCidr: '10.244.4.0/24', transport: '172.30.2.14', router: '172.30.2.1'},
] as const

let ips: Awaited<ReturnType<typeof startPods>>
beforeAll(async () => {
  ips = await startPods()
  await antctlOk('set-mode', 'encap', '--yes')
})

afterAll(async () => {
  await antctlOk('set-mode', 'encap', '--snat', '--yes')
  await fabric('del')
})

/** What a routing daemon would put: on the router each podCIDR, on every Node those of the other subnet, behind ours. */
async function fabric(verb: 'add' | 'del'): Promise<void> {
  for (const {podCidr, transport, router} of nodes) {
    await onNode('router', 'ip', 'route', verb, podCidr, 'via', transport)
    for (const far of nodes.filter((node) => node.router !== router))
      await onNode(far.name, 'ip', 'route', verb, podCidr, 'via', far.router, 'metric', '100')
  }
}

test('without routes of the fabric noEncap is refused, with the command that mends it, and nothing is written', async () => {
  const {exitCode, stderr} = await antctl('set-mode', 'noEncap', '--yes')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/knows no way to 10\.244\.\d\.0\/24 .*ip route add 10\.244\.\d\.0\/24 via/su)
})

test('with them: encap, noEncap, hybrid, noEncap, encap under traffic of both kinds of pairs, and nothing is lost', async () => {
  await fabric('add')
  const plan = await antctlOk('set-mode', 'noEncap', '--dry-run')
  expect(plan).toContain('1450 → 1500')
  expect(plan).toMatch(/router 172\.30\.\d\.1 must know 10\.244\.\d\.0\/24/u)
  const runs = [ips.near, ips.far].flatMap((ip) => [send('udp', ip, 40, 500), send('tcp', ip, 40, 100)])
  await sleep(1_000)
  for (const mode of ['noEncap', 'hybrid', 'noEncap', 'encap']) await antctlOk('set-mode', mode, '--yes')
  const results = await Promise.all(runs)
  console.log(
    results
      .map(({sent, lost, longestGapMs}) => `lost ${lost} of ${sent}, gap ${Math.round(longestGapMs)} ms`)
      .join('; '),
  )
  expect(results.map(({lost, resets, reconnects}) => [lost, resets, reconnects])).toEqual(results.map(() => [0, 0, 0]))
})

test('what Pods may send follows the mode', async () => {
  const routes = () =>
    onNode('n1', 'sh', '-c', 'for space in $(ls /run/netns); do ip -n $space route show default; done')
  for (const [mode, mtu] of [
    ['noEncap', 1500],
    ['encap', 1450],
  ] as const) {
    await antctlOk('set-mode', mode, '--yes')
    const lines = (await routes()).split('\n').filter((line) => line.includes('dev eth0'))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.filter((line) => !line.includes(`mtu ${mtu}`))).toEqual([])
  }
})

test('--no-snat: Pods keep their address to the outside; --snat takes it back on the way to encap', async () => {
  await antctlOk('set-mode', 'noEncap', '--no-snat', '--yes')
  const info = v.parse(
    v.array(v.looseObject({networkInfo: v.looseObject({noSNAT: v.boolean(), trafficEncapMode: v.string()})})),
    JSON.parse(await antctlOk('get', 'agentinfo', '-o', 'json')),
  )
  expect(info.map(({networkInfo}) => [networkInfo.trafficEncapMode, networkInfo.noSNAT])).toEqual(
    nodes.map(() => ['noEncap', true]),
  )
  const refusal = await antctl('set-mode', 'encap', '--yes')
  expect(refusal).toMatchObject({exitCode: 2, stderr: expect.stringContaining('antctl set-mode encap --snat')})
  await antctlOk('set-mode', 'encap', '--snat', '--yes')
})
