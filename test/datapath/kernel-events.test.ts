import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {rulesOf} from '../../src/datapath/host/peer-tables.ts'
import {natRuleset} from '../../src/datapath/host/nft.ts'
import {parseCidr} from '../../src/model/address.ts'
import {patience} from './patience.ts'
import {startKernel, type TestKernel, type TestPod} from './kernel.ts'

let kernel: TestKernel
let pod: TestPod
beforeAll(async () => {
  kernel = await startKernel('antctl-ke')
  pod = await kernel.pod('one')
  await kernel.run('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'antctl-ke-one')
  await kernel.run('ip', 'address', 'add', '172.30.1.11/24', 'dev', 'eth1')
  await kernel.run('ip', 'link', 'set', 'eth1', 'up')
  await pod.run('ip', 'address', 'add', '172.30.1.12/24', 'dev', 'eth0')
  await pod.run('ip', 'link', 'set', 'eth0', 'up')
  await kernel.run('ip', 'link', 'add', 'bridge', 'address', '0a:00:00:00:00:09', 'type', 'bridge')
  await kernel.run('ip', 'link', 'add', 'port', 'up', 'type', 'veth', 'peer', 'name', 'port-p')
  await kernel.run('ip', 'link', 'set', 'port', 'alias', 'somebody')
  await kernel.ask('put', natRuleset(rules, []))
  await kernel.ask('watch')
})
afterAll(() => kernel[Symbol.asyncDispose]())
beforeEach(async () => void (await told()))

const rules = {podCidr: parseCidr('10.244.1.0/24'), noSNAT: false, snatFullyRandomPorts: false}
const route = {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'}

describe('what others change is told', () => {
  test.each<readonly [readonly string[], string, readonly string[]]>([
    [['routes'], 'ip', ['route', 'add', '10.9.0.0/16', 'via', '172.30.1.12']],
    [['routes'], 'ip', ['route', 'replace', '10.9.0.0/16', 'via', '172.30.1.99']],
    [['routes'], 'ip', ['route', 'del', '10.9.0.0/16']],
    [['routes'], 'ip', ['route', 'add', '10.9.0.0/16', 'via', '172.30.1.12', 'table', '167']],
    [['routes'], 'ip', ['route', 'flush', 'table', '167']],
    [['routes'], 'ip', ['rule', 'add', 'lookup', '166']],
    [['routes'], 'ip', ['rule', 'del', 'lookup', '166']],
    [['links'], 'ip', ['link', 'set', 'eth1', 'mtu', '1400']],
    [['links', 'routes'], 'ip', ['address', 'add', '172.30.7.1/24', 'dev', 'eth1']],
    [['links', 'routes'], 'ip', ['address', 'del', '172.30.7.1/24', 'dev', 'eth1']],
    [['links', 'routes'], 'ip', ['link', 'add', 'more', 'type', 'veth', 'peer', 'name', 'more-p']],
    [['links', 'routes'], 'ip', ['link', 'del', 'more']],
    [['neighbours'], 'ip', ['neigh', 'add', '172.30.1.50', 'lladdr', '0a:00:00:00:00:01', 'dev', 'eth1']],
    [['neighbours'], 'ip', ['neigh', 'replace', '172.30.1.50', 'lladdr', '0a:00:00:00:00:02', 'dev', 'eth1']],
    [['neighbours'], 'ip', ['neigh', 'del', '172.30.1.50', 'dev', 'eth1']],
    [['settings'], 'sysctl', ['-w', 'net.ipv4.ip_forward=1']],
    [['settings'], 'sysctl', ['-w', 'net.ipv4.ip_forward=0']],
    [['settings'], 'sysctl', ['-w', 'net.ipv4.conf.eth1.rp_filter=1']],
    [['settings'], 'sysctl', ['-w', 'net.ipv4.conf.eth1.rp_filter=2']],
    [['nft'], 'nft', ['add', 'rule', 'inet', 'antctl', 'prerouting', 'accept']],
    [['nft'], 'nft', ['add', 'element', 'inet', 'antctl', 'pod_cidrs', '{ 10.77.0.0/24 }']],
    [['nft'], 'nft', ['delete', 'table', 'inet', 'antctl']],
  ])('%j: %s %j', async (parts, program, args) => {
    await kernel.run(program, ...args)
    expect(await told()).toEqual(expect.arrayContaining([...parts]))
  })

  test('a burst is told once a part', async () => {
    await kernel.run(
      'sh',
      '-c',
      'for i in $(seq 50); do echo route add 10.8.$i.0/24 via 172.30.1.12; done | ip -batch -',
    )
    expect(count(await told(), 'routes')).toBeLessThan(10)
  })

  test('also while nothing is asked: a device taken away', async () => {
    await kernel.ask('createPodLink', podLink)
    await told()
    await pod.run('ip', 'link', 'del', 'eth5')
    expect(await told()).toEqual(expect.arrayContaining(['links', 'routes']))
  })
})

describe('what is no news', () => {
  test('what this process changes itself', async () => {
    await kernel.ask('putRoutes', [route])
    await kernel.ask('removeRoutes', [route])
    await kernel.ask('putRoutes', [{...route, table: 167}])
    await kernel.ask('putRules', rulesOf('encap'))
    await kernel.ask('removeRules', rulesOf('encap'))
    await kernel.ask('putLinks', [{name: 'eth1', mtu: 1450, up: true, addresses: []}])
    await kernel.ask('putSysctls', [{key: 'net/ipv4/conf/eth1/rp_filter', value: '0'}])
    await kernel.ask('put', natRuleset(rules, ['10.244.1.0/24']))
    await kernel.ask('guard', ['eth1'])
    await kernel.ask('unguard', ['eth1'])
    await kernel.ask('addPodCidrs', ['10.244.2.0/24'])
    await kernel.ask('createPodLink', podLink)
    await kernel.ask('removePodLink', podLink.hostName)
    expect(await told()).toEqual([])
  })

  test.each([
    ['ip', ['route', 'add', '10.9.0.0/16', 'via', '172.30.1.12', 'table', '141']],
    ['ip', ['-6', 'route', 'add', '2001:db8::/64', 'dev', 'lo']],
    ['ip', ['rule', 'add', 'fwmark', '7', 'lookup', '141']],
    ['ip', ['link', 'set', 'eth1', 'promisc', 'on']],
    ['ip', ['link', 'set', 'eth1', 'txqueuelen', '77']],
    ['ip', ['link', 'set', 'port', 'master', 'bridge']],
    ['ip', ['link', 'set', 'port', 'nomaster']],
    ['sysctl', ['-w', 'net.ipv4.conf.eth1.accept_local=1']],
    ['nft', ['add', 'table', 'inet', 'other']],
    ['nft', ['add', 'table', 'ip', 'kube-proxy']],
  ])('%s %j', async (program, args) => {
    await kernel.run(program, ...args)
    expect(await told()).toEqual([])
  })

  test('a neighbour that is asked again and answers the same', async () => {
    const ping = () => kernel.run('busybox', 'ping', '-c', '1', '172.30.1.12')
    await ping()
    await told()
    await kernel.run('ip', 'neigh', 'change', '172.30.1.12', 'dev', 'eth1', 'nud', 'stale')
    await ping()
    expect(await told()).toEqual([])
  })
})

test('lost messages are told as a change of everything', async () => {
  await kernel.ask('runDeaf', 'sh', ['-c', flood])
  expect(await told()).toEqual(expect.arrayContaining(['links', 'settings', 'routes', 'neighbours']))
  expect(await told()).toEqual([])
})

test('after the end nothing is told, and no descriptor is left', async () => {
  const before = v.parse(v.number(), await kernel.ask('descriptors'))
  await kernel.ask('unwatch')
  await kernel.run('ip', 'link', 'set', 'eth1', 'mtu', '1300')
  expect(await told()).toEqual([])
  expect(await kernel.ask('descriptors')).toBe(before - 2)
  for (let time = 0; time < 5; time++) {
    await kernel.ask('watch')
    await kernel.ask('unwatch')
  }
  expect(await kernel.ask('descriptors')).toBe(before - 2)
})

/** More than a receive buffer holds: each route is replaced again and again, in another table, which is no news itself. */
const flood = `
  for i in $(seq 30000); do echo "route replace 10.7.$((i % 250)).0/24 via 172.30.1.12 table 99 metric $i"; done > /tmp/antctl-flood
  ip -force -batch /tmp/antctl-flood 2>/dev/null; rm /tmp/antctl-flood`

const podLink = {
  netns: '/run/netns/antctl-ke-one',
  ifName: 'eth5',
  hostName: 'pod-1a2b3c',
  ip: '10.244.1.5',
  prefix: 24,
  mac: '0a:58:0a:f4:01:05',
  gateway: '10.244.1.1',
  mtu: 1450,
  checksumOffload: false,
}

/** What was told since the last call, after waiting for the kernel's own late words. */
async function told(): Promise<readonly string[]> {
  await sleep(300 * Math.min(patience, 5))
  return v.parse(v.array(v.string()), await kernel.ask('told'))
}

function count(parts: readonly string[], part: string): number {
  return parts.filter((told) => told === part).length
}
