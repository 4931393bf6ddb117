import {afterAll, beforeAll, expect, test} from 'vitest'
import {recordedPods} from '../../lab/upstream.ts'
import {upstreamConfig} from '../../lab/upstream-config.ts'
import {antctl, antctlRan, lab} from '../long/other-lab.ts'

/** Of each the table, as it is in every mode; what upstream's agents do not tell is said with its reason. */
const commands: readonly (readonly string[])[] = [
  ['status'],
  ['get', 'agentinfo', '-o', 'wide'],
  ['get', 'agentinfo', '--live'],
  ['get', 'podinterface', '-o', 'wide'],
  ['get', 'paths'],
  ['get', 'peers'],
  ['get', 'config'],
  ['get', 'ovsflows', '-T', 'L3Forwarding'],
  ['get', 'ovsflows', '--nodes', 'node1', '--raw'],
  ['get', 'routes'],
  ['get', 'neighbors'],
  ['get', 'nftables'],
  ['get', 'ports'],
  ['get', 'drift'],
  ['log-level'],
  ['check', 'mode', '--expect', 'hybrid'],
  ['check', 'probes'],
  ['restart', '--dry-run'],
  ['trace-packet', '-S', 'default/srv', '-D', 'default/cl2'],
  ['trace-packet', '-S', 'default/srv', '-D', 'default/cl3', '-f', 'tcp,tcp_dst=7000'],
  ['trace-packet', '-S', 'default/cl1', '-D', 'default/srv'],
  ['trace-packet', '-S', 'default/cl1', '-D', 'default/kubernetes'],
  ['set-mode', 'encap', '--dry-run'],
  ['set-mode', 'hybrid', '--dry-run'],
  ['set-mode', 'noEncap', '--dry-run'],
  ['set-mode', 'noEncap', '--remove-stale-routes', '--dry-run'],
  ['set-mode', 'hybrid', '--nodes', 'node1', '--dry-run'],
  ['set-mode', 'encap', '--max-loss', '0', '--dry-run'],
  ['set-mode', '--no-snat', '--dry-run'],
]

const config = [
  'kubectl',
  '-n',
  'kube-system',
  'get',
  'configmap',
  'antrea-config',
  '-o',
  'jsonpath={.data.antrea-agent\\.conf}',
]
const gatewayRoutes = (node: string) => lab('node', node, 'ip', 'route', 'show', 'dev', 'antrea-gw0')
const undo = () => antctl('set-mode', '--undo', '--yes')

/** What another run has otherwise: names of Pods, times, and how long something took. */
function plain(text: string): string {
  return text
    .replaceAll(/antrea-agent-[a-z0-9]{5}\b/gu, 'antrea-agent-xxxxx')
    .replaceAll(/ +\d+[smhd](?=\s)/gu, ' AGO')
    .replaceAll(/\d+ (?:s|seconds?|min) ago/gu, 'AGO')
}

async function answers(): Promise<string> {
  let text = ''
  for (const args of commands) {
    const {stdout, stderr, exitCode} = await antctlRan(...args)
    text += `${['$ antctl', ...args].join(' ')}\n${stdout}\n${stderr}\nexit status ${exitCode}\n\n`
  }
  return plain(text)
}

const golden = (mode: string) => `../golden/upstream-cluster/${mode}.txt`

beforeAll(async () => {
  await lab('down')
  await lab('up', '--topology', 'recorded')
  await lab('upstream', 'encap')
}, 300_000)

afterAll(() => lab('down'))

test('each command answers for a cluster in encap, or says what is not available there', async () => {
  await expect(await answers()).toMatchFileSnapshot(golden('encap'))
}, 300_000)

test('encap to hybrid: the ConfigMap, then one agent after the other, and back byte for byte', async () => {
  await antctl('set-mode', 'hybrid', '--yes')
  expect(await lab(...config)).toBe(upstreamConfig('hybrid').trimEnd())
  expect(await gatewayRoutes('node1')).not.toContain('10.244.2.0/24')
  expect(await antctl('get', 'paths', '--nodes', 'node1')).not.toMatch(/broken/u)
  await undo()
  expect(await lab(...config)).toBe(upstreamConfig('encap').trimEnd())
  expect(await gatewayRoutes('node1')).toContain('10.244.2.0/24 via 10.244.2.1 onlink')
}, 120_000)

test('encap to noEncap goes through hybrid, and takes away on each Node what upstream forgets', async () => {
  const refused = await antctlRan('set-mode', 'noEncap', '--yes')
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('--remove-stale-routes')
  expect(await lab(...config)).toBe(upstreamConfig('encap').trimEnd())
  const steps = await antctl('set-mode', 'noEncap', '--remove-stale-routes', '--yes')
  const order = ['ConfigMap: hybrid', 'node2: hybrid', 'ConfigMap: noEncap', 'node1: noEncap', 'node1: routes']
  expect(order.map((step) => steps.indexOf(step)).toSorted((a, b) => a - b)).toEqual(
    order.map((step) => steps.indexOf(step)),
  )
  for (const node of ['node1', 'node2', 'node3']) expect(await gatewayRoutes(node)).not.toContain('onlink')
}, 180_000)

test('each command answers for a cluster in noEncap', async () => {
  // Pods with the addresses that they had in the recording: the second ones of each Node.
  for (const name of Object.keys(recordedPods)) await lab('kubectl', 'delete', 'pod', name, '--grace-period=0')
  await lab('upstream', 'noEncap')
  await expect(await answers()).toMatchFileSnapshot(golden('noEncap'))
}, 300_000)

test('noEncap to encap names the Pods that keep their MTU; an agent that does not start turns it round', async () => {
  expect(await antctl('set-mode', 'encap', '--dry-run')).toMatch(/keep sending larger packets[\s\S]*default\/srv/u)
  await lab('node', 'node2', 'touch', '/etc/cni/net.d/refuse-hybrid')
  const {exitCode, stderr} = await antctlRan('set-mode', 'hybrid', '--yes', '--timeout', '20s', '--remove-stale-routes')
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/rolled back.*node2/u)
  expect(await lab(...config)).toBe(upstreamConfig('noEncap').trimEnd())
}, 240_000)

test('each command answers for a cluster in hybrid', async () => {
  for (const name of Object.keys(recordedPods)) await lab('kubectl', 'delete', 'pod', name, '--grace-period=0')
  for (const node of ['node1', 'node2', 'node3'])
    await lab('node', node, 'rm', '-rf', '/var/lib/cni/recorded', '/etc/cni/net.d/refuse-hybrid')
  await lab('upstream', 'hybrid')
  await expect(await answers()).toMatchFileSnapshot(golden('hybrid'))
}, 300_000)
