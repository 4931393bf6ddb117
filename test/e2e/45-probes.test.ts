import {beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {pidOf, signal, until} from '../long/node.ts'
import {ofctl} from '../long/switch-state.ts'
import {antctl, antctlLines, antctlOk, kubectl, lab, onNode} from './cluster.ts'
import {watchProbes} from './wire.ts'

const report = v.object({
  results: v.array(
    v.object({from: v.string(), to: v.string(), form: v.string(), sent: v.number(), lost: v.number(), mtu: v.number()}),
  ),
  silent: v.array(v.unknown()),
})

const window = v.object({
  lost: v.number(),
  worst: v.array(v.object({from: v.string(), to: v.string()})),
  silent: v.array(v.object({node: v.string(), reason: v.string()})),
})
type Window = v.InferOutput<typeof window>

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

describe('what happens during a session', () => {
  const session = (nodes: string, seconds: number) =>
    antctl('check', 'probes', '--nodes', nodes, '--seconds', String(seconds), '-o', 'json')
  const isSending = async () => {
    const parts = await kubectl('get', 'probesessions.antctl.internal', '-o', 'jsonpath={.items[*].status.agents}')
    return parts.split('"state":"ready"').length > 3
  }

  test('an agent is killed: the others tell their own, its successor ends its part, and nothing is left', async () => {
    const running = session('n1,n2,n3', 8)
    await until('all three are ready', isSending)
    const killed = await signal('n2', 'antrea-agent', 'KILL')
    const {stdout, exitCode} = await running
    const {results, silent} = v.parse(report, JSON.parse(stdout))
    expect(exitCode).toBe(1)
    expect(silent).toEqual([{node: 'n2', reason: 'its agent was started anew meanwhile'}])
    const lost = results.map(({from, to, sent, lost: gone}) => [from, to, gone === 0, gone <= sent])
    expect(lost).toEqual([
      ['n1', 'n2', false, true],
      ['n1', 'n3', true, true],
      ['n3', 'n1', true, true],
      ['n3', 'n2', false, true],
    ])
    expect(await pidOf('n2', 'antrea-agent')).not.toBe(killed)
    await nothingLeft('n2')
    expect((await probe('--nodes', 'n1,n2')).results.map(({lost}) => lost)).toEqual([0, 0])
  })

  test('somebody deletes it: all end at once', async () => {
    const running = session('n1,n2,n3', 30)
    await until('all three are ready', isSending)
    await kubectl('delete', 'probesessions.antctl.internal', '--all')
    const {stderr, exitCode} = await running
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining('deleted before it ended')])
    await nothingLeft('n1')
    await nothingLeft('n3')
  })

  test('the mode changes to and fro: no probe is lost, in no form that the underlay carries', async () => {
    const args = ['--nodes', 'n1,n2', '--forms', 'live,routed,tunnelled', '--seconds', '12', '-o', 'json']
    const running = antctlOk('check', 'probes', ...args)
    await until('both are ready', async () => {
      const parts = await kubectl('get', 'probesessions.antctl.internal', '-o', 'jsonpath={.items[*].status.agents}')
      return parts.split('"state":"ready"').length > 2
    })
    for (const mode of ['hybrid', 'encap']) await antctlOk('set-mode', mode, '--yes')
    const {results} = v.parse(report, JSON.parse(await running))
    expect(results.map(({from, form, lost}) => [from, form, lost])).toEqual(
      ['n1', 'n2'].flatMap((from) => ['live', 'routed', 'tunnelled'].map((form) => [from, form, 0])),
    )
    expect(v.parse(report, JSON.parse(await running)).silent).toEqual([])
  })
})

describe('a steady session', () => {
  /** Each window as it comes, until `until` says that it was the last; the command then ends by Ctrl-C. */
  async function watchWindows(work: (last: () => Window | undefined) => Promise<void>): Promise<readonly Window[]> {
    const seen: Window[] = []
    const running = antctlLines(
      (line) => seen.push(v.parse(window, JSON.parse(line))),
      'check',
      'probes',
      '--steady',
      '-o',
      'json',
    )
    try {
      await until('it counts', async () => seen.length > 1)
      await work(() => seen.at(-1))
    } finally {
      running.kill('SIGINT')
    }
    await running
    return seen
  }
  const isClean = (found: Window | undefined) => found !== undefined && found.lost === 0 && found.silent.length === 0

  test('set-mode goes to and fro beside it, with probes of its own: nothing is lost in any window', async () => {
    const windows = await watchWindows(async () => {
      for (const mode of ['hybrid', 'encap']) await antctlOk('set-mode', mode, '--yes')
    })
    expect(windows.filter((each) => !isClean(each))).toEqual([])
  })

  test('a cut link shows in its own pairs; an agent that was killed takes part again, and the window says so', async () => {
    const windows = await watchWindows(async (last) => {
      await lab('cut', 'n1:n3')
      await until('the cut shows', async () => (last()?.lost ?? 0) > 0)
      await lab('heal', 'n1:n3')
      await until('it is whole again', async () => isClean(last()))
      await signal('n2', 'antrea-agent', 'KILL')
      await until('n2 is told of', async () => last()?.silent.some(({node}) => node === 'n2') === true)
      await until('n2 takes part', async () => isClean(last()))
    })
    const pairs = new Set(windows.flatMap(({worst}) => worst.map(({from, to}) => `${from} ${to}`)))
    expect([...pairs].toSorted((a, b) => a.localeCompare(b))).toEqual(['n1 n3', 'n3 n1'])
    expect(new Set(windows.flatMap(({silent}) => silent.map(({node}) => node)))).toEqual(new Set(['n2']))
  })

  test('whoever ordered it dies: the agents take part in the next all the same, once it is deleted', async () => {
    const dead = antctlLines(() => undefined, 'check', 'probes', '--steady')
    await until('all four take part', async () => {
      const parts = await kubectl('get', 'probesessions.antctl.internal', '-o', 'jsonpath={.items[*].status.agents}')
      return parts.split('"state":"running"').length > 4
    })
    dead.kill('SIGKILL')
    await dead
    expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).not.toBe('')
    await kubectl('delete', 'probesessions.antctl.internal', '--all')
    for (const node of ['n1', 'n4'] as const) await nothingLeft(node)
    expect((await probe('--nodes', 'n1,n2')).results.map(({lost}) => lost)).toEqual([0, 0])
  })
})

async function nothingLeft(node: 'n1' | 'n2' | 'n3' | 'n4'): Promise<void> {
  await expect.poll(() => onNode(node, 'ip', '-o', 'link'), {timeout: 10_000}).not.toContain('antrea-probe')
  expect(await onNode(node, 'ip', 'rule')).not.toContain('lookup 165')
  expect(await onNode(node, 'ip', 'route', 'show', 'table', 'all')).not.toContain('table 165')
  await expect.poll(() => ofctl(node, 'dump-flows'), {timeout: 10_000}).not.toContain('priority=202')
}

test('afterwards nothing of it is left', async () => {
  expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).toBe('')
  for (const node of ['n1', 'n4'] as const) await nothingLeft(node)
})
