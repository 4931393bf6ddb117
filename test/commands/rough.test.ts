import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa, type Options} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {startUpstream, type UpstreamCluster} from './upstream-cluster.ts'

const antctl = join(import.meta.dirname, '..', '..', 'bin', 'antctl')
let cluster: UpstreamCluster
beforeAll(async () => {
  cluster = await startUpstream('hybrid')
})
afterAll(() => cluster[Symbol.asyncDispose]())

const environment = () => ({PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', KUBECONFIG: cluster.kubeconfig})

function start(args: readonly string[], options: Options = {}) {
  return execa(antctl, [...args], {reject: false, extendEnv: false, timeout: 30_000, env: environment(), ...options})
}

/** On a terminal of a size: script(1) makes it, with its carriage returns taken away. */
async function onTerminal(
  args: readonly string[],
  {columns = 80, more = {}}: {columns?: number; more?: Readonly<Record<string, string>>} = {},
) {
  const command = `stty cols ${columns} rows 24; exec ${antctl} ${args.join(' ')}`
  const env = {...environment(), TERM: 'xterm', SHELL: '/bin/sh', ...more}
  const {stdout, exitCode} = await execa('script', ['-qec', command, '/dev/null'], {
    reject: false,
    extendEnv: false,
    env,
    timeout: 30_000,
  })
  return {exitCode, lines: stdout.replaceAll('\r', '').split('\n')}
}

// eslint-disable-next-line no-control-regex -- escape sequences are what this looks for
const escape = /\u001B/u

describe('rough places', () => {
  test.each(['80', '40', '1'])('a terminal of %s columns: no line is longer', async (columns) => {
    for (const args of [
      ['get', 'agentinfo'],
      ['get', 'podinterface'],
      ['get', 'peers'],
    ]) {
      const {exitCode, lines} = await onTerminal(args, {columns: Number(columns), more: {NO_COLOR: '1'}})
      expect(exitCode).toBe(0)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Number(columns))
    }
  })
  test('TERM=dumb: no escape, and with --watch one frame after the other', async () => {
    const {exitCode, lines} = await onTerminal(['get', 'peers', '-w', '--interval', '1s', '-t', '4s'], {
      more: {TERM: 'dumb'},
    })
    expect(exitCode).toBe(124)
    expect(lines.join('\n')).not.toMatch(escape)
    expect(lines.filter((line) => line.startsWith('NODE')).length).toBeGreaterThan(1)
  })
  test('a terminal: frames are written over each other', async () => {
    const {lines} = await onTerminal(['get', 'peers', '-w', '--interval', '1s', '-t', '4s'])
    expect(lines.join('\n')).toContain('\u001B[4A')
  })
  test('no HOME, and a user that the machine does not know', async () => {
    const {PATH, KUBECONFIG} = environment()
    const result = await start(['get', 'agentinfo'], {env: {PATH, KUBECONFIG}})
    expect(result).toMatchObject({exitCode: 0, stderr: ''})
  })
  test('Ctrl-C ends a watch at once and quietly, with 130', async () => {
    const running = start(['get', 'peers', '-w', '--interval', '60s'])
    await new Promise<void>((resolve) => running.stdout?.once('data', () => resolve()))
    running.kill('SIGINT')
    expect(await running).toMatchObject({exitCode: 130, stderr: ''})
  })
  test('a pipe that closes in the middle of a watch ends it quietly, with 141', async () => {
    const running = start(['get', 'peers', '-w', '--interval', '1s', '-o', 'json'], {buffer: false})
    await new Promise<void>((resolve) => running.stdout?.once('data', () => resolve()))
    running.stdout?.destroy()
    expect((await running).exitCode).toBe(141)
  })
})

describe('a kubeconfig that means no good', () => {
  const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`
  const bomb = ['a: &a x', ...'bcdefghij'.split('').map((name, at) => level(name, 'abcdefghi'[at] ?? ''))].join('\n')
  test.each([
    ['aliases that grow', bomb, /cannot be read: Excessive alias count/u],
    ['nested without end', '['.repeat(200_000), /cannot be read: it is nested too deep/u],
    ['no YAML', '{a: [', /cannot be read/u],
    ['no kubeconfig', 'clusters: 3', /clusters|Invalid/u],
  ])('%s: refused within a second or two, in a sentence', async (_what, text, sentence) => {
    const folder = await mkdtemp(join(tmpdir(), 'antctl-rough-'))
    await writeFile(join(folder, 'config'), text)
    const result = await start(['get', 'agentinfo', '-k', join(folder, 'config')])
    await rm(folder, {recursive: true})
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toMatch(sentence)
    expect(String(result.stderr).length).toBeLessThan(2_000)
    expect(result.stderr).not.toMatch(/^\s+at /mu)
  })
})
