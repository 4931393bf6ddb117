import {once} from 'node:events'
import {mkdtemp, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {startKernel, type TestKernel, type TestPod} from './kernel.ts'

let kernel: TestKernel
let pod: TestPod
let folder: string
beforeAll(async () => {
  kernel = await startKernel('antctl-kp')
  pod = await kernel.pod('one')
  folder = await mkdtemp(join(tmpdir(), 'netns-'))
})
afterAll(async () => {
  await kernel[Symbol.asyncDispose]()
  await rm(folder, {recursive: true})
})

afterEach(async () => {
  await kernel.ask('removePodLink', 'pod-1a2b3c')
})

function linkTo(netns: string, more: object = {}) {
  const address = {ip: '10.244.1.5', prefix: 24, mac: '0a:58:0a:f4:01:05', gateway: '10.244.1.1'}
  return {
    netns,
    ifName: 'eth0',
    hostName: 'pod-1a2b3c',
    ...address,
    mtu: 1500,
    routeMtu: 1450,
    checksumOffload: false,
    ...more,
  }
}

test('a Pod is wired as ip(8) and ethtool(8) see it, and unwired without a trace', async () => {
  await kernel.ask('createPodLink', linkTo(pod.path))
  expect(await pod.run('ip', '-4', '-brief', 'address')).toMatch(
    /^lo +UNKNOWN +127\.0\.0\.1\/8 *\neth0@\S+ +\S+ +10\.244\.1\.5\/24 *$/u,
  )
  expect(await pod.run('ip', '-o', 'link', 'show', 'eth0')).toMatch(/ mtu 1500 .* link\/ether 0a:58:0a:f4:01:05 /u)
  expect((await pod.run('ip', 'route')).split('\n').map((line) => line.trim())).toEqual([
    'default via 10.244.1.1 dev eth0 proto 165 mtu 1450',
    '10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.5',
  ])
  expect(await pod.run('ethtool', '-k', 'eth0')).toContain('tx-checksumming: off')
  expect(await kernel.run('ip', '-d', 'link', 'show', 'pod-1a2b3c')).toMatch(/,UP,.* mtu 1500 [^]*alias antrea-pod/u)
  for (const link of [
    await kernel.run('ip', '-d', 'link', 'show', 'pod-1a2b3c'),
    await pod.run('ip', '-d', 'link', 'show', 'eth0'),
  ])
    expect(link).toMatch(/ numtxqueues 1 numrxqueues 1 /u)
  expect(await kernel.run('ip', '-6', 'address', 'show', 'dev', 'pod-1a2b3c')).toBe('')
  expect(await kernel.run('ip', '-6', 'route', 'show', 'table', 'all', 'dev', 'pod-1a2b3c')).toBe('')
  expect(await kernel.ask('observePodLinks')).toEqual(['pod-1a2b3c'])
  expect(await kernel.ask('observePodEnd', pod.path, 'eth0')).toEqual({
    mac: '0a:58:0a:f4:01:05',
    mtu: 1500,
    up: true,
    addresses: [{ip: '10.244.1.5', prefix: 24}],
    routes: [
      {to: '0.0.0.0/0', via: '10.244.1.1', dev: 'eth0', protocol: '165', mtu: 1450},
      {to: '10.244.1.0/24', dev: 'eth0', src: '10.244.1.5', protocol: 'kernel', scope: 'link'},
    ],
    peer: 'pod-1a2b3c',
  })
  expect(await kernel.ask('observePodEnd', pod.path, 'eth1')).toBeUndefined()
  await kernel.ask('removePodLink', 'pod-1a2b3c')
  await kernel.ask('removePodLink', 'pod-1a2b3c')
  expect(await kernel.ask('observePodLinks')).toEqual([])
  expect(await kernel.ask('observePodEnd', pod.path, 'eth0')).toBeUndefined()
})

// Open vSwitch writes the flags that it has read: who comes up meanwhile is taken down again.
test('a device is up before Open vSwitch may open it', async () => {
  expect(await kernel.ask('deviceOf', linkTo(pod.path))).toEqual([true])
})

test("the kernel's datapath may leave checksums to the device", async () => {
  await kernel.ask('createPodLink', linkTo(pod.path, {checksumOffload: true}))
  expect(await pod.run('ethtool', '-k', 'eth0')).toContain('tx-checksumming: on')
})

const wired = {interfaceName: 'pod-1a2b3c', mac: '0a:58:0a:f4:01:05', ips: ['10.244.1.5'], ofport: 1}

async function endsOf(more: object = {}): Promise<unknown> {
  return kernel.ask('observePodEnds', [{...wired, ...more}], '10.244.1.1')
}

test('what a Pod takes and sends is seen from outside, and changed: the large packet no longer leaves, then it does', async () => {
  await kernel.ask('createPodLink', linkTo(pod.path))
  await kernel.run('ip', 'address', 'replace', '10.244.1.1/24', 'dev', 'pod-1a2b3c')
  await kernel.run('ip', 'address', 'replace', '192.0.2.1/32', 'dev', 'lo')
  const {dev, ino} = await stat(pod.path, {bigint: true})
  const netnsId = `${dev}:${ino}`
  const route = {to: '0.0.0.0/0', via: '10.244.1.1', dev: 'eth0', protocol: '165', mtu: 1450}
  const ends = {interfaceName: 'pod-1a2b3c', netns: `/var${pod.path}`, ifName: 'eth0', takes: 1500, routes: [route]}
  const ping = (size: number) => pod.run('ping', '-nc1', '-W2', '-Mdo', `-s${size}`, '192.0.2.1')
  expect(await endsOf({netnsId})).toEqual([ends])
  expect(await endsOf({})).toEqual([ends])
  await ping(1422)
  await expect(ping(1472)).rejects.toThrow('mtu=1450')
  await kernel.ask('freePods', [{...ends, takes: undefined, routes: [{...route, mtu: 1500}]}])
  await ping(1472)
  await kernel.ask('limitPods', [{...ends, takes: 9000, routes: [{...route, mtu: 1400}]}])
  expect(await endsOf({netnsId})).toEqual([{...ends, takes: 9000, routes: [{...route, mtu: 1400}]}])
  await expect(ping(1422)).rejects.toThrow('mtu=1400')
})

test('a Pod that is not found is left out, and one that is gone is no error', async () => {
  await kernel.ask('createPodLink', linkTo(pod.path))
  expect(await endsOf({netnsId: '0:1'})).toEqual([])
  expect(await endsOf({mac: '0a:58:0a:f4:01:06'})).toEqual([])
  expect(await endsOf({interfaceName: 'other'})).toEqual([])
  const gone = {interfaceName: 'other', netns: '/run/netns/antctl-nowhere', ifName: 'eth0', takes: 1500, routes: []}
  await kernel.ask('limitPods', [gone])
  await expect(kernel.ask('limitPods', [{...gone, interfaceName: 'pod-1a2b3c'}])).rejects.toThrow('no such file')
})

test('the new address is announced to whoever listens', async () => {
  await kernel.ask('createPodLink', linkTo(pod.path))
  const capture = execa('ip', ['netns', 'exec', 'antctl-kp', 'tcpdump', '-nnltexi', 'pod-1a2b3c', '-c', '1', 'arp'])
  await once(capture.stderr, 'data')
  await kernel.ask('announceAddress', pod.path, 'eth0', {ip: '10.244.1.5', mac: '0a:58:0a:f4:01:05'})
  expect((await capture).stdout).toMatch(
    /^0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype ARP .*Request who-has 10\.244\.1\.5 .*tell 10\.244\.1\.5/u,
  )
  await kernel.ask('announceAddress', pod.path, 'eth7', {ip: '10.244.1.5', mac: '0a:58:0a:f4:01:05'})
})

test.each([
  ['an interface that is there', {hostName: 'other'}, /EEXIST/u],
  ['a gateway out of reach', {hostName: 'other', ifName: 'eth1', gateway: '9.9.9.9'}, /Nexthop has invalid gateway/u],
  [
    'a name that is too long',
    {hostName: 'a-name-that-is-too-long'},
    /link a-name-that-is-too-long to eth0 .*\(ERANGE\)/u,
  ],
])('half done is undone: %s', async (_, more, sentence) => {
  await kernel.ask('createPodLink', linkTo(pod.path))
  await expect(kernel.ask('createPodLink', linkTo(pod.path, more))).rejects.toThrow(sentence)
  expect(await kernel.ask('observePodLinks')).toEqual(['pod-1a2b3c'])
  expect(await kernel.ask('observePodEnd', pod.path, 'eth1')).toBeUndefined()
})

test('what is no network namespace of a Pod is refused in a sentence and left alone', async () => {
  const [plain, pipe, link] = [join(folder, 'file'), join(folder, 'pipe'), join(folder, 'link')]
  await writeFile(plain, '')
  await execa('mkfifo', [pipe])
  await symlink('/proc/self/ns/pid', link)
  const refusals = {
    [plain]: 'it is no namespace',
    [pipe]: 'it is no namespace',
    [link]: 'it is another namespace',
    [folder]: 'it is no namespace',
    [join(folder, 'gone')]: 'ENOENT',
    '/dev/null': 'it is no namespace',
    '/proc/self/ns/mnt': 'it is another namespace',
    '/proc/self/ns/net': 'is the network namespace of the Node itself',
    '/run/netns/antctl-kp': 'is the network namespace of the Node itself',
  }
  for (const [path, sentence] of Object.entries(refusals)) {
    await expect(kernel.ask('createPodLink', linkTo(path))).rejects.toThrow(sentence)
    await expect(kernel.ask('observePodEnd', path, 'eth0')).rejects.toThrow(sentence)
  }
  expect(await kernel.ask('observePodLinks')).toEqual([])
})

test('neither success nor failure leaves a descriptor behind', async () => {
  const attempt = async (): Promise<void> => {
    await kernel.ask('createPodLink', linkTo(pod.path))
    await kernel.ask('createPodLink', linkTo(pod.path)).catch(() => undefined)
    await kernel.ask('createPodLink', linkTo('/dev/null')).catch(() => undefined)
    await kernel.ask('createPodLink', linkTo('/proc/self/ns/net')).catch(() => undefined)
    await kernel.ask('announceAddress', pod.path, 'eth0', {ip: '10.244.1.5', mac: '0a:58:0a:f4:01:05'})
    await kernel.ask('observePodEnd', pod.path, 'eth0')
    await kernel.ask('removePodLink', 'pod-1a2b3c')
  }
  await attempt()
  const before = await kernel.ask('descriptors')
  for (let time = 0; time < 20; time++) await attempt()
  expect(await kernel.ask('descriptors')).toBe(before)
})
