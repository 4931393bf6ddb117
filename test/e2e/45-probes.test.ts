import {beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {ofctl} from '../long/switch-state.ts'
import {antctl, antctlOk, kubectl, lab, onNode} from './cluster.ts'
import {watchProbes} from './wire.ts'

const report = v.object({
  results: v.array(
    v.object({from: v.string(), to: v.string(), form: v.string(), sent: v.number(), lost: v.number(), mtu: v.number()}),
  ),
  silent: v.array(v.unknown()),
})

beforeAll(() => antctlOk('set-mode', 'encap', '--yes'))

async function probe(...args: readonly string[]) {
  return v.parse(report, JSON.parse(await antctlOk('check', 'probes', '--seconds', '2', ...args, '-o', 'json')))
}

test('four Nodes in encap: nothing is lost between any two', async () => {
  const {results, silent} = await probe()
  expect(silent).toEqual([])
  expect(results).toHaveLength(12)
  expect(results.filter(({lost, mtu}) => lost > 0 || mtu !== 1450)).toEqual([])
})

test('in encap, neighbours are probed without a tunnel and with one, as the wire shows, while the mode stays', async () => {
  for (const [form, expected] of [
    ['routed', 'plain'],
    ['tunnelled', 'geneve'],
  ] as const) {
    const seen = await watchProbes(async () => {
      const {results} = await probe('--nodes', 'n1,n2', '--forms', form)
      expect(results.map(({lost}) => lost)).toEqual([0, 0])
    })
    expect(seen[expected]).toBeGreaterThan(100)
    expect(seen[expected === 'plain' ? 'geneve' : 'plain']).toBe(0)
  }
})

test('a link that drops everything is found by the pairs that it joins, and by no other', async () => {
  await lab('cut', 'n1:n3')
  try {
    const {stdout, exitCode} = await antctl('check', 'probes', '--nodes', 'n1,n2,n3', '--seconds', '1', '-o', 'json')
    const lost = v.parse(report, JSON.parse(stdout)).results.filter((result) => result.lost > 0)
    expect(lost.map(({from, to, sent, lost: gone}) => [from, to, sent - gone])).toEqual([
      ['n1', 'n3', 0],
      ['n3', 'n1', 0],
    ])
    expect(exitCode).toBe(1)
  } finally {
    await lab('heal', 'n1:n3')
  }
  expect((await probe('--nodes', 'n1,n3')).results.map(({lost}) => lost)).toEqual([0, 0])
})

test('afterwards nothing of it is left', async () => {
  expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).toBe('')
  for (const node of ['n1', 'n4'] as const) {
    await expect.poll(() => onNode(node, 'ip', '-o', 'link'), {timeout: 10_000}).not.toContain('antrea-probe')
    expect(await onNode(node, 'ip', 'rule')).not.toContain('165')
    await expect.poll(() => ofctl(node, 'dump-flows'), {timeout: 10_000}).not.toContain('priority=202')
  }
})
