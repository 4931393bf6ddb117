import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {beforeAll, expect, test} from 'vitest'
import {down, isUp, up} from '../../lab/lab.ts'
import {paths, readRecord} from '../../lab/state.ts'
import {antctlOk, kubectl, onNode, startPods} from './cluster.ts'

const manifests = join(import.meta.dirname, '..', '..', 'deploy')

/** What of the agent a Node still holds. */
async function tracesOn(node: string): Promise<string> {
  const commands = [
    ['ip', '-o', 'link', 'show', 'type', 'tun'],
    ['ip', 'route', 'show', 'table', 'all', 'proto', '165'],
    ['ip', 'rule'],
    ['nft', 'list', 'tables'],
    ['ls', '/etc/cni/net.d', '/opt/cni/bin'],
    ['ip', '-br', 'address', 'show', 'dev', 'eth1'],
    ['ip', 'route', 'show', 'dev', 'eth1'],
  ]
  const answers = await Promise.all(commands.map((command) => onNode(node, ...command)))
  return answers.join('\n')
}

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'hybrid', '--yes')
})

test('uninstall, as the manifest says it, leaves no route, rule, bridge or conflist, and gives eth1 its address back', async () => {
  await kubectl('delete', 'namespace', 'e2e', '--wait')
  await kubectl('-n', 'kube-system', 'delete', 'daemonset', 'antrea-agent', '--wait')
  await kubectl('apply', '-f', join(manifests, 'uninstall.yml'))
  await kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/antrea-uninstall', '--timeout=60s')
  const remaining = ['-f', join(manifests, 'uninstall.yml'), '-f', join(manifests, 'antrea.yml')]
  await kubectl('delete', ...remaining, '--ignore-not-found')
  for (const [node, address] of [
    ['n1', '172.30.1.11/24'],
    ['n3', '172.30.2.13/24'],
  ] as const) {
    const traces = await tracesOn(node)
    expect(traces).not.toMatch(/br-int|br-phy|antrea|antctl|proto 165|lookup 16/u)
    expect(traces).toContain(address)
    expect(traces).toMatch(/172\.30\.0\.0\/|172\.30\.[12]\.0\/24 via/u)
  }
})

test('down leaves no process, mount, namespace, cgroup or file', async () => {
  const cgroups = readRecord()?.cgroups ?? []
  expect(cgroups.length).toBeGreaterThan(0)
  await down()
  await expectNothingOf(cgroups)
})

test('down after a crash leaves nothing either, and does nothing when there is nothing', async () => {
  await up()
  const record = readRecord()
  process.kill(record?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => isUp()).toBe(false)
  await down()
  await expectNothingOf(record?.cgroups ?? ['missing'])
  await down()
})

async function expectNothingOf(cgroups: readonly string[]): Promise<void> {
  expect(cgroups.filter((directory) => existsSync(directory))).toEqual([])
  const {stdout: processes} = await execa('ps', ['-e', '-o', 'args'])
  expect(processes.split('\n').filter((line) => line.includes(paths.lab))).toEqual([])
  expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(paths.lab)
  const {stdout: links} = await execa('ip', ['-o', 'link'])
  expect(links).not.toMatch(/management-|transport-|n[1-4]-eth/u)
  expect(existsSync(paths.lab)).toBe(false)
}
