import {afterAll, beforeAll, expect, test} from 'vitest'
import {agentConf, backToEncap, configuration, startChange, writeAgentConf} from './change-under-way.ts'
import {antctl, antctlOk, kubectl} from './cluster.ts'

beforeAll(backToEncap)
afterAll(backToEncap)

test('Ctrl-C: it says where it stands and what goes on; undone all is as before', async () => {
  const before = await configuration()
  const change = startChange('hybrid', '--soak', '2s')
  await change.isHalfWay()
  change.kill('SIGINT')
  const {exitCode, stderr} = await change.ended
  expect([exitCode, stderr]).toEqual([130, expect.stringMatching(/on the way to hybrid.*--resume.*--undo/su)])
  await antctlOk('set-mode', '--undo', '--yes')
  expect(await configuration()).toBe(before)
})

test('the ConfigMap is edited after it: undo is refused, and overwrites nothing', async () => {
  await antctlOk('set-mode', 'hybrid', '--yes', '--no-preflight')
  const text = await agentConf()
  await writeAgentConf(`${text}# mine\n`)
  const refused = await antctl('set-mode', '--undo', '--yes')
  expect(refused).toMatchObject({exitCode: 1, stderr: expect.stringMatching(/CHANGE_FOREIGN.*antctl set-mode encap/su)})
  expect(await agentConf()).toBe(`${text}# mine\n`)
  await writeAgentConf(text)
  await antctlOk('set-mode', '--undo', '--yes')
})

test('chosen Nodes alone, by their AntreaNodeConfigs; the ConfigMap stays, and undo takes them away', async () => {
  const before = await configuration()
  await antctlOk('set-mode', 'hybrid', '--nodes', 'n1,n2', '--yes', '--no-preflight')
  expect(await kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].metadata.name}')).toBe('n1 n2')
  await antctlOk('set-mode', '--undo', '--yes')
  expect(await configuration()).toBe(before)
})
