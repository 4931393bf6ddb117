import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {isUp, up} from '../../lab/lab.ts'
import {toolboxPod} from '../../lab/toolbox-pod.ts'
import type {TopologyName} from '../../lab/topologies.ts'

const root = join(import.meta.dirname, '..', '..')
/** Beside the suite's own lab. */
const directory = join(root, '.cache', 'test-topology')
const environment = {ANTCTL_LAB: directory, KUBECONFIG: join(directory, 'kubeconfig'), NO_COLOR: '1'}
const namespace = 'ways'

interface Expected {
  readonly mode: 'encap' | 'hybrid'
  /** "n1 n2": what trace-packet says of that way. */
  readonly ways: Readonly<Record<string, 'routed' | 'tunnelled'>>
  /**
   * Whether probes of this form come back, on every pair. Absent where the Node's mask leaves its router out: the userspace
   * datapath then finds no source address for the way to it, and its tunnels carry nothing.
   */
  readonly forms?: {readonly live: boolean; readonly routed: boolean; readonly tunnelled: boolean}
  readonly mtu?: number
}

/** What each small network is there to show. */
const topologies: Partial<Readonly<Record<TopologyName, Expected>>> = {
  'one-subnet': {mode: 'hybrid', ways: {'n1 n2': 'routed'}, forms: {live: true, routed: true, tunnelled: true}},
  'three-subnets': {
    mode: 'hybrid',
    ways: {'n1 n2': 'tunnelled', 'n1 n3': 'tunnelled'},
    forms: {live: true, routed: false, tunnelled: true},
  },
  'host-masks': {
    mode: 'hybrid',
    ways: {'n1 n2': 'tunnelled', 'n2 n1': 'tunnelled'},
  },
  'unequal-masks': {
    mode: 'hybrid',
    ways: {'n1 n2': 'routed', 'n2 n1': 'tunnelled'},
  },
  'address-check': {
    mode: 'hybrid',
    ways: {'n1 n2': 'routed'},
    forms: {live: false, routed: false, tunnelled: true},
  },
  'mtu-1400': {
    mode: 'encap',
    ways: {'n1 n2': 'tunnelled'},
    forms: {live: true, routed: true, tunnelled: true},
    mtu: 1350,
  },
  'mtu-9000': {
    mode: 'encap',
    ways: {'n1 n2': 'tunnelled'},
    forms: {live: true, routed: true, tunnelled: true},
    mtu: 8950,
  },
}

async function program(file: string, args: readonly string[], input?: string): Promise<string> {
  const {stdout, stderr, failed} = await execa(file, args, {
    cwd: root,
    env: environment,
    reject: false,
    timeout: 120_000,
    ...(input === undefined ? {stdin: 'ignore'} : {input}),
  })
  // check probes ends with 1 where packets are lost, which is what some of these networks are for.
  if (failed && stdout === '') throw new Error(`${file} ${args.join(' ')}: ${stderr}`)
  return stdout
}

const lab = (...args: readonly string[]) =>
  program('sh', [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts'), ...args])
const kubectl = (...args: readonly string[]) => lab('kubectl', ...args)
const antctl = (...args: readonly string[]) => program(join(root, 'bin', 'antctl'), args)

const trace = v.object({verdict: v.string()})
const report = v.object({
  results: v.array(
    v.object({
      from: v.string(),
      to: v.string(),
      form: v.picklist(['live', 'routed', 'tunnelled']),
      sent: v.number(),
      lost: v.number(),
      mtu: v.number(),
    }),
  ),
  silent: v.array(v.unknown()),
})

async function startPods(nodes: readonly string[]): Promise<void> {
  const objects = [
    {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}},
    ...nodes.map((nodeName) => toolboxPod(nodeName, {namespace, nodeName})),
  ]
  const list = JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects})
  const main = [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts')]
  await program('sh', [...main, 'kubectl', 'apply', '-f', '-'], list)
  await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
}

beforeAll(() => up())
afterEach(() => lab('down'))

describe.each(Object.entries(topologies))('%s', (name, {mode, ways, forms, mtu = 1450}) => {
  test('trace-packet names the way, and the probes agree', async () => {
    await lab('up', '--topology', name, '--deploy')
    await startPods([...new Set(Object.keys(ways).flatMap((way) => way.split(' ')))])
    if (mode !== 'encap') await antctl('set-mode', mode, '--yes')
    for (const [way, verdict] of Object.entries(ways)) {
      const [from = '', to = ''] = way.split(' ')
      const answer = await antctl(
        'trace-packet',
        '-S',
        `${namespace}/${from}`,
        '-D',
        `${namespace}/${to}`,
        '-o',
        'json',
      )
      expect({way, ...v.parse(trace, JSON.parse(answer))}).toEqual({way, verdict})
    }
    const probes = ['check', 'probes', '--forms', 'live,routed,tunnelled', '--seconds', '1', '-o', 'json']
    const {results, silent} = v.parse(report, JSON.parse(await antctl(...probes)))
    expect(silent).toEqual([])
    for (const {from, to, form, sent, lost, mtu: found} of forms === undefined ? [] : results) {
      const said = forms?.[form] === true ? {lost: 0, mtu} : {lost: sent, mtu: 0}
      expect({lost, mtu: found}, `${from} ${to} ${form}`).toEqual(said)
    }
    // The suite's own lab has the same names and addresses.
    expect(isUp()).toBe(true)
  }, 240_000)
})
