import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {describe, expect, test} from 'vitest'

const antctl = join(import.meta.dirname, '..', '..', 'bin', 'antctl')

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = {PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment}
  return execa(antctl, args, {reject: false, env, extendEnv: false, timeout: 20_000})
}

describe('how the process ends', () => {
  test.each([
    [['--help'], 0, /USAGE/u, /^$/u],
    [['get', 'agentinfo', '--help'], 0, /EXAMPLES/u, /^$/u],
    [['get', 'agentinfo', '-o', 'xml'], 2, /^$/u, /"xml" is not a way to write.*table, wide, json, yaml/su],
    [['nonsense'], 2, /^$/u, /no command "nonsense"[^]*antctl --help/u],
    [['get', 'agentinfo', '--timeout', 'soon'], 2, /^$/u, /Error: --timeout "soon" is not a time \(USAGE\)/u],
    [['get', 'agentinfo'], 2, /^$/u, /no kubeconfig.*KUBECONFIG_INVALID.*Try this:/su],
    [['get', 'agentinfo', '--kubeconfig', '/nonexistent'], 2, /^$/u, /\/nonexistent cannot be read/u],
    [['set-mode', 'sideways', '--yes'], 2, /^$/u, /"sideways" is not a traffic mode.*encap, hybrid, noEncap/su],
    [['trace-packet', '-S', 'a'], 2, /^$/u, /nobody is named whom the packet is for/u],
    [['version', '-o', 'json'], 0, /"antctlVersion"/u, /^$/u],
    [['get', 'ovsflows', '--table-names-only'], 0, /L3Forwarding/u, /^$/u],
  ] as const)('%j ends with %i', async (args, status, stdout, stderr) => {
    const result = await run(args)
    expect(result.stderr).toMatch(stderr)
    expect(result.stdout).toMatch(stdout)
    expect(result.exitCode).toBe(status)
  })

  test('a server that is not there: 3', async () => {
    const kubeconfig = JSON.stringify({
      'current-context': 'c',
      contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
      clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
      users: [{name: 'u', user: {token: 't'}}],
    })
    const folder = await mkdtemp(join(tmpdir(), 'antctl-process-'))
    await writeFile(join(folder, 'config'), kubeconfig)
    const result = await run(['get', 'agentinfo', '--kubeconfig', join(folder, 'config')])
    await rm(folder, {recursive: true})
    expect(result.stderr).toMatch(/API_UNREACHABLE/u)
    expect(result.exitCode).toBe(3)
  })

  test('a closed pipe ends quietly with 141', async () => {
    const child = execa(antctl, ['get', 'ovsflows', '--table-names-only', '-o', 'json'], {reject: false, buffer: false})
    child.stdout.destroy()
    const result = await child
    expect(result.exitCode).toBe(141)
  })

  test('no colour without a terminal, colour where it is forced, none under NO_COLOR', async () => {
    // eslint-disable-next-line no-control-regex -- escape sequences are what this looks for
    const colours = /\u001B\[/u
    const words = ['get', 'ovsflows', '--table-names-only']
    expect((await run(words)).stdout).not.toMatch(colours)
    expect((await run(words, {FORCE_COLOR: '1'})).stdout).toMatch(colours)
    expect((await run(words, {FORCE_COLOR: '1', NO_COLOR: '1'})).stdout).not.toMatch(colours)
  })
})
