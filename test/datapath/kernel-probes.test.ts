import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {startKernel, type TestKernel} from './kernel.ts'

let kernel: TestKernel
beforeAll(async () => {
  kernel = await startKernel('antctl-kq')
  for (const line of [
    'link add eth1 type veth peer name far',
    'link set eth1 up',
    'address add 172.30.1.11/24 dev eth1',
  ]) {
    await kernel.run('ip', ...line.split(' '))
  }
})
afterAll(() => kernel[Symbol.asyncDispose]())

const settings = {
  podCidr: '10.244.1.0/24',
  ips: ['10.244.1.9', '10.244.1.10', '10.244.1.11'],
  mac: '0a:58:0a:f4:01:09',
  gateway: '10.244.1.1',
  mtu: 1400,
  checksumOffload: false,
}
const routes = [
  {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1'},
  {to: '10.244.3.0/24', dev: 'eth1'},
]
const table = async () => (await kernel.run('ip', 'route', 'show', 'table', '165')).trim()
const rules = async () => (await kernel.run('ip', 'rule')).split('\n').filter((line) => line.startsWith('165:'))

test("the probes' end is a Pod with an address a form, and no namespace is left when it closes", async () => {
  const path = v.parse(v.string(), await kernel.ask('openProbe', settings))
  const inside = (...command: readonly string[]) => kernel.run('nsenter', `--net=${path}`, ...command)
  expect(await inside('ip', '-4', '-brief', 'address', 'show', 'dev', 'eth0')).toMatch(
    /10\.244\.1\.9\/24 10\.244\.1\.10\/24 10\.244\.1\.11\/24/u,
  )
  expect(await inside('ip', '-o', 'link', 'show', 'eth0')).toMatch(/mtu 1400 .*0a:58:0a:f4:01:09/u)
  expect(await inside('ethtool', '-k', 'eth0')).toContain('tx-checksumming: off')
  expect(await kernel.ask('observePodLinks')).toEqual([])
  await kernel.ask('closeProbe')
  expect(await kernel.run('ip', '-o', 'link')).not.toContain('antrea-probe')
  await expect(inside('true')).rejects.toThrow('nsenter')
})

test('what one address sends follows its own table, and the main one is as it was', async () => {
  const before = await kernel.run('ip', 'route')
  await kernel.ask('divertProbes', '10.244.1.10', routes)
  expect(await rules()).toEqual(['165:\tfrom 10.244.1.10 lookup 165'])
  expect(await table()).toMatch(/10\.244\.2\.0\/24 via 172\.30\.1\.12 dev eth1 .*165/u)
  expect(await table()).toMatch(/10\.244\.3\.0\/24 dev eth1 .*scope link/u)
  expect(await kernel.run('ip', 'route')).toBe(before)
  await kernel.ask('restoreProbes')
  expect([await rules(), await table()]).toEqual([[], ''])
})

test('another session aims elsewhere: what both name stays, what nobody names any more goes', async () => {
  await kernel.ask('divertProbes', '10.244.1.10', routes)
  const [staying, leaving] = routes
  const coming = {to: '10.244.4.0/24', dev: 'eth1'}
  await kernel.ask('divertProbes', '10.244.1.10', [staying, coming], [staying, leaving])
  expect(await rules()).toEqual(['165:\tfrom 10.244.1.10 lookup 165'])
  expect((await table()).split('\n').map((line) => line.split(' ')[0])).toEqual(['10.244.2.0/24', '10.244.4.0/24'])
  await kernel.ask('restoreProbes')
  expect([await rules(), await table()]).toEqual([[], ''])
})

test('what a killed agent left goes at once, whatever address it was for; twice is no error', async () => {
  await kernel.ask('divertProbes', '10.244.1.10', routes)
  await kernel.ask('divertProbes', '10.244.1.20', [routes[0]])
  await kernel.ask('forgetProbeRoutes')
  await kernel.ask('forgetProbeRoutes')
  expect([await rules(), await table()]).toEqual([[], ''])
})
