import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {kubeconfigPath} from '../../lab/lab.ts'
import {seeded} from '../long/sizes.ts'
import {antctl, antctlOk, kubectl} from './cluster.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'antctl')
const random = seeded()

/** What a change must bring back byte for byte. */
async function configuration(): Promise<string> {
  const text = await kubectl('-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'jsonpath={.data}')
  return `${text} ${await kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].spec.agent}')}`
}

/** A change whose process gets that signal when it has told of so many things. */
async function broken(signal: 'SIGKILL' | 'SIGINT', after: number, ...args: readonly string[]) {
  const running = execa(program, ['set-mode', ...args, '--yes', '--no-preflight', '--events'], {
    env: {KUBECONFIG: kubeconfigPath, NO_COLOR: '1'},
    reject: false,
    stdin: 'ignore',
  })
  let told = 0
  for await (const line of running) {
    if (!line.includes('"event":"probe"')) told += 1
    if (told === after) running.kill(signal)
  }
  return running
}

beforeAll(() => antctlOk('set-mode', 'encap', '--yes', '--no-preflight'))
afterAll(async () => {
  await antctl('set-mode', '--undo', '--yes')
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
})

test('killed somewhere on its way: resumed it ends, and undone all is as before', async () => {
  const before = await configuration()
  const after = 2 + Math.floor(random() * 24)
  console.log(`killed after ${after} events`)
  await broken('SIGKILL', after, 'hybrid')
  const second = await antctl('set-mode', 'hybrid', '--yes')
  expect(second).toMatchObject({exitCode: 1, stderr: expect.stringContaining('CHANGE_RUNNING')})
  expect(await antctlOk('set-mode', '--resume')).toContain('All 4 Nodes run hybrid.')
  expect(await antctlOk('set-mode', '--undo', '--yes')).toContain('as it was before')
  expect(await configuration()).toBe(before)
})

test('Ctrl-C: it says where it stands and what goes on; undone all is as before', async () => {
  const before = await configuration()
  const {exitCode, stderr} = await broken('SIGINT', 6, 'hybrid')
  expect([exitCode, stderr]).toEqual([130, expect.stringMatching(/on the way to hybrid.*--resume.*--undo/su)])
  await antctlOk('set-mode', '--undo', '--yes')
  expect(await configuration()).toBe(before)
})

test('the ConfigMap is edited after it: undo is refused, and overwrites nothing', async () => {
  await antctlOk('set-mode', 'hybrid', '--yes', '--no-preflight')
  const text = await kubectl('-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'json')
  const {data} = JSON.parse(text)
  const write = (conf: string) =>
    kubectl(
      '-n',
      'kube-system',
      'patch',
      'configmap',
      'antrea-config',
      '--type=merge',
      '-p',
      JSON.stringify({data: {'antrea-agent.conf': conf}}),
    )
  await write(`${data['antrea-agent.conf']}# mine\n`)
  const refused = await antctl('set-mode', '--undo', '--yes')
  expect(refused).toMatchObject({exitCode: 1, stderr: expect.stringMatching(/CHANGE_FOREIGN.*antctl set-mode encap/su)})
  await write(data['antrea-agent.conf'])
  await antctlOk('set-mode', '--undo', '--yes')
})

test('chosen Nodes alone, by their AntreaNodeConfigs; the ConfigMap stays, and undo takes them away', async () => {
  const before = await configuration()
  await antctlOk('set-mode', 'hybrid', '--nodes', 'n1,n2', '--yes', '--no-preflight')
  expect(await kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].metadata.name}')).toBe('n1 n2')
  await antctlOk('set-mode', '--undo', '--yes')
  expect(await configuration()).toBe(before)
})
