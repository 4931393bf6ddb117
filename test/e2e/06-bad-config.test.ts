import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {pidOf, signal, until} from '../long/node.ts'
import {snapshot} from '../long/switch-state.ts'
import {antctl, antctlOk, kubectl, send, startPods} from './cluster.ts'

const nodes = ['n1', 'n2', 'n3', 'n4'] as const
const configMap = ['-n', 'kube-system', 'configmap', 'antrea-config'] as const
const infos = v.object({
  items: v.array(
    v.object({
      agentConditions: v.array(v.object({type: v.string(), status: v.string(), message: v.optional(v.string())})),
      networkInfo: v.object({trafficEncapMode: v.string()}),
    }),
  ),
})

let good: string
let near: string
beforeAll(async () => {
  ;({near} = await startPods())
  await antctlOk('set-mode', 'encap', '--yes')
  const stored = v.parse(
    v.object({data: v.record(v.string(), v.string())}),
    JSON.parse(await kubectl('get', ...configMap, '-o', 'json')),
  )
  good = stored.data['antrea-agent.conf'] ?? ''
})

afterAll(async () => {
  await store(good)
  await said('every agent takes the configuration', () => true, 'True')
})

const store = (text: string) =>
  kubectl('patch', ...configMap, '--type=merge', '-p', JSON.stringify({data: {'antrea-agent.conf': text}}))

/** Waits until all four agents say so of their configuration, in encap. */
async function said(what: string, fits: (message: string) => boolean, status = 'False'): Promise<void> {
  await until(what, async () => {
    const {items} = v.parse(infos, JSON.parse(await kubectl('get', 'antreaagentinfos', '-o', 'json')))
    const conditions = items.map(({agentConditions}) => agentConditions.find(({type}) => type === 'ConfigValid'))
    expect(items.map(({networkInfo}) => networkInfo.trafficEncapMode)).toEqual(nodes.map(() => 'encap'))
    return conditions.every((one) => one?.status === status && fits(one.message ?? ''))
  })
}

const state = () => Promise.all(nodes.map((node) => snapshot(node)))
const agents = () => Promise.all(nodes.map((node) => pidOf(node, 'antrea-agent')))

test.each([
  [
    'a typing error',
    (text: string) => text.replace('trafficEncapMode:', 'trafficEncapMod:'),
    'the nearest is trafficEncapMode',
  ],
  [
    'sizes that do not fit',
    (text: string) => text.replace('defaultMTU: 0', 'defaultMTU: 9000'),
    'defaultMTU 9000 does not fit',
  ],
])('%s in the ConfigMap: every agent tells, none restarts, nothing of its Node changes', async (_, spoil, sentence) => {
  const [before, pids] = [await state(), await agents()]
  const stream = send('udp', near, 4)
  await store(spoil(good))
  await said(sentence, (message) => message.includes(sentence))
  expect(await state()).toEqual(before)
  expect(await agents()).toEqual(pids)
  console.log(`  ${(await stream).lost} lost`)
  const {stderr, exitCode} = await antctl('set-mode', 'hybrid', '--yes')
  expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(sentence.split(' 9000')[0] ?? '')])
})

test('an agent that is killed meanwhile starts with the last good configuration, and tells again', async () => {
  const before = await state()
  await store(good.replace('trafficEncapMode: encap', 'trafficEncapMode: hybird'))
  await said('hybird', (message) => message.includes('not "hybird"'))
  const killed = await signal('n2', 'antrea-agent', 'KILL')
  await until('another agent runs', async () => ![killed, undefined].includes(await pidOf('n2', 'antrea-agent')))
  await said('hybird again', (message) => message.includes('not "hybird"'))
  await until('its Node is as before', async () => JSON.stringify(await snapshot('n2')) === JSON.stringify(before[1]))
  expect((await send('udp', near, 2)).received).toBeGreaterThan(0)
})
