import {readdir} from 'node:fs/promises'
import {once} from 'node:events'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {type CniNode, startCniNode} from './cni-node.ts'

const undo = new AsyncDisposableStack()
let node: CniNode

beforeAll(async () => {
  node = undo.use(await startCniNode('antctl-cni'))
})
afterAll(() => undo.disposeAsync())

const traffic = join(import.meta.dirname, 'traffic.ts')

const added = v.object({
  exitCode: v.literal(0),
  answer: v.looseObject({
    interfaces: v.tuple([v.looseObject({name: v.string()}), v.looseObject({mac: v.string()})]),
    ips: v.tuple([v.looseObject({address: v.string()})]),
  }),
})

async function add(container: string) {
  await node.netns(container)
  const {answer} = v.parse(added, await node.cni('ADD', container))
  // Answered when the device is open, too.
  expect(await node.cni('CHECK', container, {config: {prevResult: answer}})).toMatchObject({exitCode: 0})
  const [{address}] = answer.ips
  return {
    result: answer,
    ip: address.split('/')[0] ?? '',
    host: answer.interfaces[0].name,
    mac: answer.interfaces[1].mac,
  }
}

async function remove(container: string): Promise<void> {
  expect(await node.cni('DEL', container)).toEqual({exitCode: 0, answer: undefined})
  await node.removeNetns(container)
}

/** What a Pod leaves behind if it leaves anything, on a Node without Pods. */
async function remains() {
  const links = await node.run('ip', '-o', 'link', 'show', 'type', 'veth')
  const ports = (await node.vsctl('list-ports', 'br-int')).split('\n')
  const flows = await node.ofctl('dump-flows', 'table=4')
  return {
    links: links.split('\n').filter((line) => line.includes('antrea-pod')).length,
    ports: ports.filter((port) => port !== 'antrea-gw0').length,
    spoofGuards: flows.split('\n').filter((line) => line.includes('nw_src=')).length,
  }
}
const nothing = {links: 0, ports: 0, spoofGuards: 0}

describe('one Pod', () => {
  test('ADD, the same ADD again, CHECK, DEL, DEL', async () => {
    const pod = await add('one')
    expect(v.parse(added, await node.cni('ADD', 'one')).answer).toEqual(pod.result)
    const config = {prevResult: pod.result}
    expect(await node.cni('CHECK', 'one', {config})).toEqual({exitCode: 0, answer: undefined})
    await remove('one')
    await expect.poll(remains).toEqual(nothing)
    expect(await node.cni('DEL', 'one')).toEqual({exitCode: 0, answer: undefined})
    expect(await node.cni('CHECK', 'one', {config})).toMatchObject({answer: {code: 3}})
  })

  test.each([
    ['its address', ['ip', 'address', 'flush', 'dev', 'eth0'], /has lost its address/u],
    ['its default route', ['ip', 'route', 'del', 'default'], /has lost its route to 0\.0\.0\.0\/0/u],
    ['its interface', ['ip', 'link', 'set', 'eth0', 'down'], /eth0 of the container is down/u],
    ['its MAC address', ['ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:00:99'], /MAC address 02:00/u],
  ])('CHECK tells that a Pod has lost %s', async (_, [program = '', ...args], sentence) => {
    const pod = await add('check')
    await node.inPod('check', program, ...args)
    const config = {prevResult: pod.result}
    expect(await node.cni('CHECK', 'check', {config})).toMatchObject({
      exitCode: 1,
      answer: {code: 102, msg: expect.stringMatching(sentence)},
    })
    await remove('check')
  })

  test('STATUS is silent while all is well', async () => {
    expect(await node.cni('STATUS', '')).toEqual({exitCode: 0, answer: undefined})
  })

  test.each([
    ["the Node's own namespace", '/run/netns/antctl-cni', /the Node itself/u],
    ['no namespace', '/run/netns/../../etc/passwd', /is not valid/u],
    ['a namespace that is not there', '/run/netns/antctl-none', /ENOENT/u],
  ])('ADD into %s changes nothing', async (_, netns, sentence) => {
    const before = await remains()
    const {exitCode, answer} = await node.cni('ADD', 'hostile', {netns})
    expect({exitCode, answer}).toMatchObject({exitCode: 1, answer: {code: 4, msg: expect.stringMatching(sentence)}})
    expect(await remains()).toEqual(before)
  })

  test("ADD into another Pod's namespace changes nothing", async () => {
    await add('owner')
    const before = await remains()
    const netns = '/run/netns/antctl-cni-owner'
    const answer = await node.cni('ADD', 'intruder', {netns, ifName: 'net1'})
    expect(answer).toMatchObject({exitCode: 1, answer: {code: 4, msg: expect.stringContaining('default/pod-owner')}})
    expect(await remains()).toEqual(before)
    await remove('owner')
  })
})

describe('two Pods', () => {
  let [a, b]: Awaited<ReturnType<typeof add>>[] = []
  const ping = (from: string, ...args: readonly string[]) =>
    node.inPod(from, 'busybox', 'ping', '-c', '2', '-W', '1', ...args).catch(() => 'nothing came back')

  beforeAll(async () => {
    a = await add('a')
    b = await add('b')
  })
  afterAll(async () => {
    await remove('a')
    await remove('b')
  })

  test('reach each other and the Node, by ping, TCP and UDP', async () => {
    expect(await ping('a', b?.ip ?? '')).toContain(' 0% packet loss')
    expect(await ping('a', '10.244.1.1')).toContain(' 0% packet loss')
    await using _receiver = await receiverIn('b')
    const send = async (kind: string, count: number): Promise<unknown> =>
      JSON.parse(await node.inPod('a', process.execPath, traffic, kind, b?.ip ?? '', '7000', String(count)))
    expect(await send('tcp', 100_000)).toEqual({sent: 100_000, back: 100_000})
    expect(await send('udp', 100)).toMatchObject({sent: 100, lost: 0})
  })

  test('a Pod is heard of when it comes', async () => {
    let ip = ''
    const seen = await arriving('arp', async () => {
      ip = (await add('new')).ip
    })
    await remove('new')
    expect(seen).toContain(`Request who-has ${ip} tell ${ip}`)
  })

  test("the gateways of other Nodes' Pods answer by ARP", async () => {
    const seen = await node.run('busybox', 'arping', '-c', '1', '-w', '2', '-I', 'antrea-gw0', '10.244.2.1')
    expect(seen.toLowerCase()).toContain('reply from 10.244.2.1 [aa:bb:cc:dd:ee:ff]')
  })

  test("a Pod that sends with another's IP address gets nothing through", async () => {
    await node.inPod('a', 'ip', 'address', 'add', '10.244.1.200/32', 'dev', 'eth0')
    const seen = await arriving('icmp', () => ping('a', '-I', '10.244.1.200', b?.ip ?? ''))
    expect(seen).not.toContain('10.244.1.200')
    await node.inPod('a', 'ip', 'address', 'del', '10.244.1.200/32', 'dev', 'eth0')
    expect(await ping('a', b?.ip ?? '')).toContain(' 0% packet loss')
  })

  test('a Pod that sends with another MAC address gets nothing through', async () => {
    await node.inPod('a', 'ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:00:99')
    await node.inPod('a', 'ip', 'neigh', 'replace', b?.ip ?? '', 'lladdr', b?.mac ?? '', 'dev', 'eth0')
    const seen = await arriving('icmp', () => ping('a', b?.ip ?? ''))
    expect(seen).not.toContain('ICMP')
    await node.inPod('a', 'ip', 'link', 'set', 'eth0', 'address', a?.mac ?? '')
    await node.inPod('a', 'ip', 'neigh', 'flush', 'dev', 'eth0')
    await node.inPod('a', 'ip', 'route', 'replace', 'default', 'via', '10.244.1.1')
    expect(await ping('a', b?.ip ?? '')).toContain(' 0% packet loss')
  })

  test("a Pod that claims another's address by ARP is not heard", async () => {
    const seen = await arriving('arp', async () => {
      await node
        .inPod('a', 'busybox', 'arping', '-c', '2', '-U', '-s', '10.244.1.1', '-I', 'eth0', b?.ip ?? '')
        .catch(() => '')
    })
    expect(seen).not.toContain('10.244.1.1')
  })
})

/** Frames that come out of Pod b's port, while something is done and a second longer. */
async function arriving(filter: string, work: () => Promise<unknown>): Promise<string> {
  const tcpdump = ['tcpdump', '-nnl', '-i', 'eth0', filter]
  const capture = execa('ip', ['netns', 'exec', node.spaceOf('b'), 'timeout', '--preserve-status', '3', ...tcpdump], {
    reject: false,
  })
  await once(capture.stderr, 'data')
  await work()
  return (await capture).stdout
}

/** Echoes on port 7000. */
async function receiverIn(container: string): Promise<AsyncDisposable> {
  const receiver = execa(
    'ip',
    ['netns', 'exec', node.spaceOf(container), process.execPath, traffic, 'receive', '7000'],
    {
      reject: false,
    },
  )
  await once(receiver.stdout, 'data')
  return {
    [Symbol.asyncDispose]: async () => {
      receiver.kill('SIGKILL')
      await receiver
    },
  }
}

describe('an agent that dies', () => {
  test('Pods keep their addresses and go on; what was half done is swept', async () => {
    const [first, second] = [await add('keep'), await add('other')]
    await node.killAgent()
    // As an ADD leaves it that was cut off between the link and the port, and a Pod whose namespace went by a power cut.
    await node.run('ip', 'link', 'add', 'stray', 'type', 'veth', 'peer', 'name', 'stray-peer')
    await node.run('ip', 'link', 'set', 'stray', 'alias', 'antrea-pod')
    await node.removeNetns('other')
    expect(await node.inPod('keep', 'busybox', 'ping', '-c', '2', '-W', '1', '10.244.1.1')).toContain(' 0% packet loss')
    await node.startAgent()
    await expect.poll(remains, {timeout: 10_000}).toEqual({links: 1, ports: 1, spoofGuards: 1})
    const third = await add('third')
    expect([first.ip, second.ip]).not.toContain(third.ip)
    await remove('keep')
    await remove('third')
    await expect.poll(remains).toEqual(nothing)
  })
})

test('an agent killed in the middle of ten ADDs leaves nothing that DEL does not take', async () => {
  const names = Array.from({length: 10}, (_, at) => `half${at}`)
  await Promise.all(names.map((name) => node.netns(name)))
  const adding = names.map((name) => node.cni('ADD', name))
  // Whichever is the first to be answered: the others are on their way.
  await Promise.race(adding)
  await node.killAgent()
  await node.startAgent()
  for (const {exitCode, answer} of await Promise.all(adding)) {
    if (exitCode !== 0) expect(answer).toMatchObject({code: 11})
  }
  await Promise.all(names.map(remove))
  await expect.poll(remains, {timeout: 10_000}).toEqual(nothing)
})

test('GC removes ports, links and addresses that are not in the list', async () => {
  await add('valid')
  await add('stale')
  const config = {'cni.dev/valid-attachments': [{containerID: 'valid', ifname: 'eth0'}]}
  expect(await node.cni('GC', '', {config})).toEqual({exitCode: 0, answer: undefined})
  await expect.poll(remains).toEqual({links: 1, ports: 1, spoofGuards: 1})
  await remove('valid')
  await node.removeNetns('stale')
})

test('100 Pods come and go, 20 at a time: no address twice, and nothing stays', async () => {
  const descriptors = async () => (await readdir(`/proc/${node.agentPid()}/fd`)).length
  await add('warm')
  await remove('warm')
  const before = await descriptors()
  for (let round = 0; round < 5; round++) {
    const names = Array.from({length: 20}, (_, at) => `r${round}-${at}`)
    const pods = await Promise.all(names.map(add))
    expect(new Set(pods.map(({ip}) => ip)).size).toBe(20)
    await Promise.all(names.map(remove))
  }
  await expect.poll(remains, {timeout: 10_000}).toEqual(nothing)
  await expect.poll(descriptors, {timeout: 10_000}).toBeLessThanOrEqual(before)
})
