import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openPty} from './pty.ts'
import {recordedCluster} from './recorded-cluster.ts'

/** A cluster that is not there: the face stays up all the same. */
const nowhere = {
  'current-context': 'c',
  contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
  clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
  users: [{name: 'u', user: {token: 't'}}],
}
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-dash-'))
  await writeFile(join(folder, 'config'), JSON.stringify(nowhere))
})
afterAll(() => rm(folder, {recursive: true}))

const open = (...args: readonly string[]) => openPty(args, {env: {KUBECONFIG: join(folder, 'config')}})
const ready = /no data: the API server/u

test('antctl alone opens it, q gives the terminal back', async () => {
  using pty = open()
  await pty.until(ready)
  expect([pty.isAlternate(), pty.isCursorHidden()]).toEqual([true, true])
  pty.write('q')
  expect(await pty.ended).toBe(0)
  expect([pty.isAlternate(), pty.isCursorHidden()]).toEqual([false, false])
})

test.each([
  ['Ctrl-C', (pty: ReturnType<typeof open>) => pty.write('\u0003'), 0],
  ['SIGINT', (pty: ReturnType<typeof open>) => pty.kill('SIGINT'), 0],
  ['SIGTERM', (pty: ReturnType<typeof open>) => pty.kill('SIGTERM'), 0],
  ['SIGHUP', (pty: ReturnType<typeof open>) => pty.kill('SIGHUP'), 0],
])('%s gives the terminal back', async (_name, end, status) => {
  using pty = open('dash')
  await pty.until(ready)
  end(pty)
  expect(await pty.ended).toBe(status)
  expect([pty.isAlternate(), pty.isCursorHidden()]).toEqual([false, false])
  expect(pty.raw()).not.toMatch(/\n\s+at /u)
})

test.each([
  ['throws', 1, 'Error: something broke'],
  ['rejects', 1, 'Error: something broke'],
  ['EPIPE', 141, ''],
  ['EIO', 1, 'Error: write EIO'],
])('%s: what nobody catches stops a change in order and gives the terminal back', async (what, status, words) => {
  using pty = openPty([join(import.meta.dirname, 'broken-face.ts'), what], {program: process.execPath})
  await pty.until(/no data: nobody answers/u)
  expect(pty.isAlternate()).toBe(true)
  pty.kill('SIGUSR2')
  expect(await pty.ended).toBe(status)
  expect([pty.isAlternate(), pty.isCursorHidden()]).toEqual([false, false])
  expect(pty.raw()).toContain('<the change was stopped>')
  expect(pty.screen().join('\n')).toContain(words)
  expect(pty.raw()).not.toMatch(/\n\s+at /u)
})

test('a storm of sizes, and garbage pasted: it draws the last size, and goes on', async () => {
  using pty = open('dash')
  await pty.until(ready)
  for (let at = 0; at < 60; at++) pty.resize(20 + ((at * 37) % 180), 5 + ((at * 13) % 50))
  pty.resize(40, 12)
  pty.write(
    `\u001B[200~garbage \u0001\u001B[2J\u001B]0;x\u0007\u001B[?1049l\u001BPq q : / ${'é'.repeat(3_000)}\n\n\u001B[201~`,
  )
  const screen = await pty.until(/nothing is written here/u)
  expect(screen.split('\n').filter((line) => line.startsWith('antctl'))).toHaveLength(1)
  expect(screen.split('\n')).toHaveLength(12)
  expect(pty.isAlternate()).toBe(true)
  pty.write('?')
  await pty.until(/\[Help\]/u)
  pty.write('q')
  expect(await pty.ended).toBe(0)
})

test('keys that come all at once are each a key', async () => {
  using pty = open('dash')
  await pty.until(ready)
  pty.write(':xyz\u007F\u007F\u007Ftrace\r')
  await pty.until(/Who sends\?/u)
  pty.write('abc\u007F\t')
  await pty.until(/^> ab +$|^> ab$/mu)
  pty.write('\u0003')
  expect(await pty.ended).toBe(0)
})

test('NO_COLOR: no colours, and the same words', async () => {
  using pty = openPty(['dash'], {env: {KUBECONFIG: join(folder, 'config'), NO_COLOR: '1'}})
  await pty.until(ready)
  pty.write('q')
  await pty.ended
  // eslint-disable-next-line no-control-regex -- escape sequences are what this looks for
  expect(pty.raw()).not.toMatch(/\u001B\[[0-9;]*[13-9][0-9;]*m/u)
})

test('five hundred Nodes whose agents are away: what is known is shown, and an API server that goes leaves it there', async () => {
  const cluster = await recordedCluster(500)
  try {
    using pty = openPty(['dash', 'topology'], {columns: 100, rows: 30, env: {KUBECONFIG: cluster.kubeconfig}})
    await pty.until(/only predicted/u, 60)
    expect(await pty.until(/IPv4: 500 Nodes/u)).toMatch(/172\.16\.0\.0\/24/u)
    pty.write('/node-321\r')
    await pty.until(/node-321 → node-0/u)
    await cluster[Symbol.asyncDispose]()
    pty.write('1')
    await pty.until(/! (?:no data|STALE).*did not answer/u, 60)
    pty.write('2')
    await pty.until(/node-0/u)
    pty.write('q')
    expect(await pty.ended).toBe(0)
  } finally {
    await cluster[Symbol.asyncDispose]()
  }
})
