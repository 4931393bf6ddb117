import {mkdtemp, readdir, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {echoPorts} from '../../lab/toolbox-pod.ts'
import {
  antctl,
  antctlLines,
  antctlOk,
  inPod,
  kubeconfigOf,
  kubectl,
  lab,
  namespace,
  onNode,
  startPods,
} from './cluster.ts'

let ips: Awaited<ReturnType<typeof startPods>>
let folder = ''
beforeAll(async () => {
  ips = await startPods()
  folder = await mkdtemp(join(tmpdir(), 'antctl-capture-'))
  await antctlOk('set-mode', 'hybrid', '--yes')
}, 120_000)
afterAll(async () => {
  await rm(folder, {recursive: true})
  await antctlOk('set-mode', 'encap', '--yes')
}, 120_000)

const station = v.object({
  node: v.string(),
  place: v.string(),
  direction: v.string(),
  expected: v.boolean(),
  seen: v.optional(v.object({form: v.string()})),
})
const answer = v.object({
  live: v.object({
    verdict: v.string(),
    says: v.string(),
    asPredicted: v.boolean(),
    there: v.array(station),
    back: v.array(station),
  }),
})

async function live(...args: readonly string[]) {
  const {stdout, stderr} = await antctl('trace-packet', '--live', '-o', 'json', ...args)
  if (stdout === '') throw new Error(stderr)
  return v.parse(answer, JSON.parse(stdout)).live
}

describe('a packet that is really sent', () => {
  test.each([
    ['near', 'icmp', 'plain'],
    ['near', `tcp,tcp_dst=${echoPorts.tcp}`, 'plain'],
    ['far', `udp,udp_dst=${echoPorts.udp}`, 'tunnelled'],
    ['b', `tcp,tcp_dst=${echoPorts.tcp}`, undefined],
  ])('to %s as %s is seen wherever the trace says, and answered', async (pod, flow, form) => {
    const found = await live('-S', `${namespace}/a`, '-D', `${namespace}/${pod}`, '-f', flow)
    expect(found).toMatchObject({verdict: 'answered', asPredicted: true})
    for (const row of [...found.there, ...found.back]) expect(row).toMatchObject({expected: true, seen: {}})
    const wire = found.there.filter(({place}) => place === 'underlay').map(({seen}) => seen?.form)
    expect(wire).toEqual(form === undefined ? [] : [form, form])
  })

  test('from a Node as well', async () => {
    const found = await live('-S', 'n1', '-D', `${namespace}/far`, '-f', 'icmp')
    expect(found).toMatchObject({verdict: 'answered', asPredicted: true})
  })

  test('that the network swallows is not seen after the place where it was last, as the trace says', async () => {
    await lab('cut', 'n1:n3')
    try {
      const {verdict, says, asPredicted} = await live('-S', `${namespace}/a`, '-D', `${namespace}/far`, '-f', 'icmp')
      expect({verdict, says, asPredicted}).toEqual({
        verdict: 'lost',
        says: 'it was not seen after it left n1 for the network',
        asPredicted: true,
      })
    } finally {
      await lab('heal', 'n1:n3')
    }
  })
})

const report = v.object({
  file: v.string(),
  packets: v.number(),
  complete: v.boolean(),
  interfaces: v.array(v.object({node: v.string(), place: v.string(), packets: v.number()})),
})

test('a capture of both ends is one file that tcpdump reads, for nobody else', async () => {
  const words = ['-S', `${namespace}/a`, '-D', `${namespace}/far`, '-f', 'icmp', '-d', 'Both', '-n', '4']
  const capture = antctl('packetcapture', ...words, '-t', '20s', '--output-dir', folder, '--output', 'json')
  // Until both Nodes listen, and no longer than it does.
  const pinging = new AbortController()
  const pings = (async () => {
    while (!pinging.signal.aborted) await inPod('a', 'ping', '-c', '2', '-i', '0.2', '-W', '1', ips.far)
  })()
  const {stdout, stderr, exitCode} = await capture
  pinging.abort()
  await pings
  expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
  const {file, packets, interfaces, complete} = v.parse(report, JSON.parse(stdout))
  expect(complete).toBe(true)
  const at = (node: string, place: string) =>
    interfaces.find((one) => one.node === node && one.place === place)?.packets
  expect([at('n1', 'port'), at('n3', 'port'), at('n1', 'gateway')]).toEqual([4, 4, 0])
  expect(at('n1', 'underlay')).toBeGreaterThanOrEqual(4)
  const {stdout: read} = await execa('tcpdump', ['-nn', '-r', file])
  const lines = read.split('\n')
  expect(lines).toHaveLength(packets)
  expect(lines.filter((line) => line.includes('Geneve')).length).toBe(
    (at('n1', 'underlay') ?? 0) + (at('n3', 'underlay') ?? 0),
  )
  for (const line of lines)
    expect(line).toMatch(new RegExp(`IP (${ips.a} > ${ips.far}|${ips.far} > ${ips.a}): ICMP echo`, 'u'))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
}, 60_000)

test('time that is over leaves what there is, and says so', async () => {
  const words = ['-S', `${namespace}/a`, '-D', `${namespace}/b`, '-f', 'tcp,tcp_dst=9', '-t', '1s', '-o', folder]
  const {exitCode, stdout} = await antctl('packetcapture', ...words)
  expect(exitCode).toBe(124)
  expect(stdout).toMatch(/0 packets in .*time was over/su)
})

test('who captures and is killed leaves no socket on any Node', async () => {
  const sockets = async () => (await onNode('n1', 'cat', '/proc/net/packet')).trim().split('\n').length
  const before = await sockets()
  const files = (await readdir(folder)).length
  const words = ['-S', `${namespace}/a`, '-D', `${namespace}/far`, '-n', '1000', '-o', folder]
  const running = antctlLines(() => undefined, 'packetcapture', ...words)
  await expect.poll(sockets, {timeout: 20_000}).toBe(before + 3)
  // bin/antctl becomes the program itself.
  running.kill('SIGKILL')
  await running
  await expect.poll(sockets, {timeout: 20_000}).toBe(before)
  expect((await readdir(folder)).length).toBe(files)
}, 60_000)

test('who may read may not listen, and is told the role', async () => {
  const file = await kubeconfigOf('listener')
  const subject = ['--serviceaccount', `${namespace}:listener`]
  await kubectl('create', 'clusterrolebinding', 'e2e-listener', '--clusterrole', 'antctl-user', ...subject)
  await kubectl('-n', 'kube-system', 'create', 'rolebinding', 'e2e-listener', '--role', 'antctl-user', ...subject)
  const words = ['packetcapture', '-S', `${namespace}/a`, '-D', `${namespace}/b`, '-t', '1s', '-o', folder, '-k', file]
  const {exitCode, stderr} = await antctl(...words)
  expect(exitCode).toBe(4)
  expect(stderr).toMatch(/may not create serviceaccounts\/token antctl-capture[^]*--role antctl-capturer/u)
  await kubectl('-n', 'kube-system', 'create', 'rolebinding', 'e2e-capturer', '--role', 'antctl-capturer', ...subject)
  await expect.poll(async () => (await antctl(...words)).exitCode, {timeout: 10_000}).toBe(124)
}, 60_000)
