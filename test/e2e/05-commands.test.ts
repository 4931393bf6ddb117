import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {beforeAll, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {antctl, antctlOk, namespace, onNode, startPods} from './cluster.ts'

const pair = ['-S', `${namespace}/a`, '-D', `${namespace}/far`] as const

/** Every command that reads, and a word that its table must show. */
const commands: Readonly<Record<string, {readonly args: readonly string[]; readonly shows: RegExp}>> = {
  'get agentinfo': {args: ['get', 'agentinfo'], shows: /n4/u},
  'get agentinfo of one Node': {args: ['get', 'agentinfo', 'n2'], shows: /n2/u},
  'get agentinfo --live': {args: ['get', 'agentinfo', '--live'], shows: /n3/u},
  'get podinterface': {args: ['get', 'podinterface'], shows: /e2e/u},
  'get podinterface of one Pod': {args: ['get', 'podinterface', 'far', '-n', namespace], shows: /far/u},
  'get ovsflows': {args: ['get', 'ovsflows'], shows: /L3Forwarding/u},
  'get ovsflows of a table': {args: ['get', 'ovsflows', '--nodes', 'n1', '-T', 'Output'], shows: /Output/u},
  'get ovsflows of a Pod': {args: ['get', 'ovsflows', '-p', 'a', '-n', namespace], shows: /SpoofGuard/u},
  'get ovsflows --table-names-only': {args: ['get', 'ovsflows', '--table-names-only'], shows: /ConntrackZone/u},
  'trace-packet': {args: ['trace-packet', ...pair], shows: /tunnelled/u},
  'trace-packet to outside': {args: ['trace-packet', '-S', `${namespace}/a`, '-D', '203.0.113.10'], shows: /outside/u},
  'trace-packet of TCP': {args: ['trace-packet', ...pair, '-f', 'tcp,tcp_dst=7001'], shows: /tunnelled/u},
  'trace-packet to a Service': {
    args: ['trace-packet', '-S', `${namespace}/a`, '-D', 'default/kubernetes'],
    shows: /iptables/u,
  },
  'trace-packet from a Node': {args: ['trace-packet', '-S', 'n2', '-D', `${namespace}/far`], shows: /Node n2/u},
  'trace-packet from outside': {
    args: ['trace-packet', '-S', '203.0.113.10', '-D', `${namespace}/far`],
    shows: /inbound/u,
  },
  'trace-packet by a port': {
    args: ['trace-packet', '-p', 'antrea-gw0', '-S', '10.1.2.3', '-D', `${namespace}/far`, '--all'],
    shows: /in by antrea-gw0/u,
  },
  'trace-packet to the gateway': {
    args: ['trace-packet', '-S', `${namespace}/a`, '-D', 'antrea-gw0', '--quiet'],
    shows: /same-node/u,
  },
  'trace-packet of a question for a MAC': {
    args: ['trace-packet', '-p', `${namespace}/a`, '-f', 'arp,arp_tpa=10.244.1.1'],
    shows: /ARPResponder/u,
  },
  'get paths': {args: ['get', 'paths'], shows: /R─/u},
  'get paths --predict': {args: ['get', 'paths', '--predict'], shows: /R─/u},
  'get paths --observe': {args: ['get', 'paths', '--nodes', 'n1,n3', '--observe'], shows: /probes/u},
  'check reachability --no-pods': {args: ['check', 'reachability', '--no-pods'], shows: /all 12 pairs/u},
  'check reachability': {args: ['check', 'reachability', '--nodes', 'n1,n3'], shows: /n3/u},
  'set-mode --dry-run': {args: ['set-mode', 'encap', '--dry-run'], shows: /encap/u},
  version: {args: ['version'], shows: /0\.1\.0/u},
}

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'hybrid', '--yes')
})

describe.each(Object.entries(commands))('%s', (_name, {args, shows}) => {
  test('as a table', async () => {
    const text = await antctlOk(...args)
    expect(text).toMatch(shows)
    expect(text).not.toContain('\u001b')
  })

  test('as JSON and YAML, with the same content', async () => {
    const json: unknown = JSON.parse(await antctlOk(...args, '-o', 'json'))
    const yaml: unknown = parse(await antctlOk(...args, '-o', 'yaml'))
    expect(shape(yaml)).toEqual(shape(json))
  })
})

/** Keys without values: counters and times move between two calls. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}

test.each([
  [['get', 'agentinfo', 'no-such-node'], 2, /no-such-node/u],
  [['get', 'ovsflows', '-T', 'NoSuchTable'], 2, /NoSuchTable/u],
  [['trace-packet', '-S', 'e2e/nobody', '-D', 'e2e/far'], 2, /nobody/u],
  [['trace-packet', '-S', 'e2e/a', '-D', 'e2e/far', '-f', 'tcp; reboot'], 2, /flow/iu],
  [['trace-packet', '-S', 'e2e/a', '-D', 'e2e/far', '-F', '6'], 2, /no IPv6 address/u],
  [['trace-packet', '-S', 'e2e/a', '-D', 'default/kubernetes', '-f', 'udp,udp_dst=1'], 2, /no such port/u],
  [['trace-packet', '-p', 'nobody-123456', '-S', '10.1.2.3', '-D', 'e2e/far'], 2, /no bridge has a port/u],
  [['set-mode', 'sideways', '--yes'], 2, /not a traffic mode/u],
  [['set-mode', 'noEncap', '--yes'], 2, /noEncap/u],
  [['set-mode', 'encap'], 2, /confirm/u],
  [['get', 'agentinfo', '--context', 'nowhere'], 2, /nowhere/u],
  [['get', 'agentinfo', '--kubeconfig', '/nonexistent'], 2, /nonexistent/u],
  [['no-such-command'], 2, /no-such-command/u],
  [['get', 'agentinfo', '-o', 'xml'], 2, /xml|output/iu],
])('%j ends with status %d, a sentence and no stack', async (args, status, sentence) => {
  const {exitCode, stderr, stdout} = await antctl(...args)
  expect({exitCode, stdout}).toEqual({exitCode: status, stdout: ''})
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/^\s+at /mu)
})

test('check reachability writes JUnit and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'antctl-junit-'))
  const file = join(folder, 'reachability.xml')
  await antctlOk('check', 'reachability', '--nodes', 'n1,n2', '--junit', file)
  const xml = await readFile(file, 'utf8')
  await rm(folder, {recursive: true})
  expect(xml).toMatch(/<testsuites?[ >]/u)
  expect(xml).toMatch(/failures="0"/u)
})

test('a pair that is cut is found, and named', async () => {
  await onNode('n2', 'ip', 'link', 'set', 'eth1', 'down')
  try {
    const {exitCode, stdout} = await antctl('check', 'reachability', '--nodes', 'n1,n2')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/n1.*n2/u)
  } finally {
    await onNode('n2', 'ip', 'link', 'set', 'eth1', 'up')
  }
})
