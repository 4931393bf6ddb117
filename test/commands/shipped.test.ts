import {mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {buildShipped} from '../../scripts/build-shipped.ts'
import {openPty} from '../dash/pty.ts'
import {recordedCluster} from '../dash/recorded-cluster.ts'
import {startUpstream} from './upstream-cluster.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-shipped-'))
  await buildShipped(join(folder, 'antctl'))
}, 60_000)
afterAll(() => rm(folder, {recursive: true}))

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}, program = 'antctl/antctl') {
  const env = {PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment}
  return execa(join(folder, program), args, {reject: false, env, extendEnv: false, timeout: 20_000})
}

test('every command has its help', async () => {
  const {stdout, exitCode} = await run(['--help'])
  expect(stdout).toMatch(/trace-packet/u)
  expect(exitCode).toBe(0)
})

test('arguments, environment and the time are those of each start, not of the build', async () => {
  const config = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user: {token: 't'}}],
  }
  await writeFile(join(folder, 'config'), JSON.stringify(config))
  expect((await run(['get', 'agentinfo'], {KUBECONFIG: join(folder, 'config')})).stderr).toMatch(
    /https:\/\/127.0.0.1:1 /u,
  )
  expect((await run(['get', 'agentinfo'])).stderr).toMatch(/no kubeconfig/u)
  expect((await run(['nonsense'])).exitCode).toBe(2)
})

test('colour follows the terminal of each start', async () => {
  const words = ['get', 'ovsflows', '--table-names-only']
  expect((await run(words)).stdout).not.toContain('\u001B[')
  expect((await run(words, {FORCE_COLOR: '1'})).stdout).toContain('\u001B[')
})

test('it is found behind a symbolic link', async () => {
  await symlink(join(folder, 'antctl', 'antctl'), join(folder, 'link'))
  expect((await run(['version'], {}, 'link')).stdout).toMatch(/^antctl \d/u)
})

test('an exec plugin of the kubeconfig loads what lies beside the program', async () => {
  const exec = {apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/false', interactiveMode: 'Never'}
  const config = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user: {exec}}],
  }
  await writeFile(join(folder, 'exec'), JSON.stringify(config))
  const {stderr} = await run(['get', 'agentinfo'], {KUBECONFIG: join(folder, 'exec')})
  expect(stderr).toMatch(/^Error: the credentials of context c could not be had/u)
})

test('the dashboard opens, with what lies beside the program', async () => {
  await using cluster = await recordedCluster(3)
  using pty = openPty([], {program: join(folder, 'antctl', 'antctl'), env: {KUBECONFIG: cluster.kubeconfig}})
  await pty.until(/hybrid everywhere/u)
  pty.write('2')
  await pty.until(/only predicted/u)
  pty.write('q')
  expect(await pty.ended).toBe(0)
  expect(pty.isAlternate()).toBe(false)
})

test.each([
  [['check', 'probes'], /not available from upstream's agents.*check reachability/su],
  [['packetcapture', '-S', 'node1', '-D', 'default/srv'], /gives no packets.*upstream's own antctl packetcapture/su],
] as const)('%j is whole in it', async (words, said) => {
  await using cluster = await startUpstream('hybrid')
  const {stderr, exitCode} = await run(words, {KUBECONFIG: cluster.kubeconfig})
  expect(stderr).toMatch(said)
  expect(exitCode).toBe(1)
})

test('a line that is not plain is read as from the sources', async () => {
  expect((await run(['get', 'agentinfo', '-o', 'xml'])).stderr).toMatch(
    /"xml" is not a way to write the result \(USAGE\)/u,
  )
  expect((await run(['pc', '--help'])).stdout).toMatch(/--capture-point/u)
  expect((await run(['version', 'extra'])).stderr).toMatch(/no command "version extra"/u)
})
