import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {agentConf, backToEncap, configuration, modes, startChange, writeAgentConf} from './change-under-way.ts'
import {antctl, antctlOk, kubectl} from './cluster.ts'
import {fabric} from './fabric.ts'

beforeAll(backToEncap)
afterAll(backToEncap)

test('Ctrl-C: it says where it stands and what goes on; undone all is as before', async () => {
  const before = await configuration()
  const change = startChange('hybrid', '--soak', '2s')
  await change.isHalfWay()
  change.kill('SIGINT')
  const {exitCode, stderr} = await change.ended
  expect([exitCode, stderr]).toEqual([130, expect.stringMatching(/on the way to hybrid.*--resume.*--undo/su)])
  await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
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
  await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
})

test('chosen Nodes alone, by their AntreaNodeConfigs; the ConfigMap stays, and undo takes them away', async () => {
  const before = await configuration()
  await antctlOk('set-mode', 'hybrid', '--nodes', 'n1,n2', '--yes', '--no-preflight')
  expect(await kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].metadata.name}')).toBe('n1 n2')
  await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
  expect(await configuration()).toBe(before)
})

describe('back to noEncap, for which the routes are gone', () => {
  beforeAll(() => fabric('replace'))
  afterAll(async () => {
    await fabric('replace')
    await backToEncap()
    await fabric('del')
  })

  test('half-way: it stops with the pairs and both ways out, and goes forward again', async () => {
    await antctlOk('set-mode', 'noEncap', '--yes', '--no-preflight')
    const nodeConfigs = () => kubectl('get', 'antreanodeconfigs', '-o', 'jsonpath={.items[*].spec}')
    const before = await nodeConfigs()
    const change = startChange('encap', '--soak', '2s')
    await change.isHalfWay()
    change.kill('SIGINT')
    await change.ended
    await fabric('del')
    const stuck = await antctl('set-mode', '--undo', '--yes', '--timeout', '5')
    expect(stuck).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/to n\d it is broken, not fabric.*back to noEncap.*UNVERIFIED.*--resume.*--redo/su),
    })
    expect(await antctlOk('set-mode', '--status')).toMatch(/! n\d changed: to n\d it is broken.*--redo/su)
    expect(await antctlOk('set-mode', '--redo', '--yes')).toContain('All 4 Nodes run encap.')
    expect(await nodeConfigs()).toBe(before)
  })

  test('long after: it is refused as a new change would be, and nothing is written', async () => {
    const before = await configuration()
    const refused = await antctl('set-mode', '--undo', '--yes')
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/noEncap needs routes that are not there.*MODE_REFUSED/su),
    })
    expect(await configuration()).toBe(before)
    expect(await antctlOk('set-mode', '--status')).toContain('All 4 Nodes run encap.')
    await fabric('replace')
    await antctlOk('set-mode', '--undo', '--yes')
    expect(await modes()).toBe('noEncap noEncap noEncap noEncap')
  })
})
