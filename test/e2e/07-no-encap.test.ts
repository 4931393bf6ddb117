import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctl, antctlOk, onNode, startPods} from './cluster.ts'
import {fabric, nodes} from './fabric.ts'

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'encap', '--yes')
})

afterAll(async () => {
  await antctlOk('set-mode', 'encap', '--snat', '--yes')
  await fabric('del')
})

test('without routes of the fabric noEncap is refused, with the command that mends it, and nothing is written', async () => {
  const {exitCode, stderr} = await antctl('set-mode', 'noEncap', '--yes')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/knows no way to 10\.244\.\d\.0\/24 .*ip route add 10\.244\.\d\.0\/24 via/su)
})

test('with them the plan names the larger packets, and what the routers must know', async () => {
  await fabric('replace')
  const plan = await antctlOk('set-mode', 'noEncap', '--dry-run')
  expect(plan).toContain('1450 → 1500')
  expect(plan).toMatch(/router 172\.30\.\d\.1 must know 10\.244\.\d\.0\/24/u)
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
