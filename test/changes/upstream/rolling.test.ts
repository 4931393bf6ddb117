import {describe, expect, test} from 'vitest'
import type {TrafficMode} from '../../../src/model/traffic-mode.ts'
import type {ChangeEvent} from '../../../src/model/change-event.ts'
import {nodeOf} from '../../../src/cluster/agent-infos.ts'
import {carryOut, redoChange, resumeChange, undoChange} from '../../../src/changes/engine/drive-change.ts'
import {wantedOf} from '../../../src/changes/engine/stored-plan.ts'
import {planSetMode} from '../../../src/changes/set-mode/plan.ts'
import {upstreamConfig} from '../../../lab/upstream-config.ts'
import {pathsOf} from '../engine/world.ts'
import {openUpstreamWorld, upstreamAgents, type UpstreamWorld} from './world.ts'

const driving = (holder: string, tell: (event: ChangeEvent) => void = () => undefined) => ({
  holder,
  signal: new AbortController().signal,
  patience: 30_000,
  tell,
})

function wantedFor(from: TrafficMode, to: TrafficMode) {
  const config = upstreamConfig(from)
  const seen = new Map(
    upstreamAgents.map((info) => [nodeOf(info), pathsOf(nodeOf(info), from, upstreamAgents)] as const),
  )
  const facts = {config, infos: upstreamAgents, upstream: {seen, pods: []}}
  return wantedOf(planSetMode(facts, to, {removeStaleRoutes: true}), config, 'somebody')
}

function modesIn({running}: UpstreamWorld): readonly string[] {
  return [...running.values()].map(({mode}) => mode)
}

/** Routes that lose what they take. */
function staleIn({running}: UpstreamWorld): number {
  return [...running.values()].reduce((sum, {mode, routes}) => sum + (mode === 'noEncap' ? routes.length : 0), 0)
}

test('between encap and noEncap all Nodes run hybrid first, and what upstream forgets is taken away on each', async () => {
  const upstream = openUpstreamWorld(upstreamConfig('encap'))
  await carryOut(upstream.world.process(), wantedFor('encap', 'noEncap'), driving('a'))
  expect(upstream.world.acts).toEqual([
    'record',
    'config',
    ...['n1', 'n3', 'n2', 'n4'].map((node) => `restart ${node}`),
    'config',
    ...['n1', 'n3', 'n2', 'n4'].flatMap((node) => {
      const far = ['n1', 'n2'].includes(node) ? [3, 4] : [1, 2]
      return [`restart ${node}`, ...far.map((number) => `remove 10.244.${number}.0/24 on ${node}`)]
    }),
  ])
  expect(upstream.world.text).toBe(upstreamConfig('noEncap'))
})

test('an agent that does not come up again turns it round, and all Nodes run as before', async () => {
  const upstream = openUpstreamWorld(upstreamConfig('hybrid'))
  upstream.broken.add('n3')
  const work = carryOut(upstream.world.process(), wantedFor('hybrid', 'encap'), driving('a', mended(upstream)))
  await expect(work).rejects.toMatchObject({code: 'CHANGE_ROLLED_BACK', message: expect.stringContaining('n3')})
  expect(upstream.world.text).toBe(upstreamConfig('hybrid'))
  expect(modesIn(upstream)).toEqual(['hybrid', 'hybrid', 'hybrid', 'hybrid'])
  expect(upstream.world.acts).not.toContain('restart n2')
})

test.each([
  ['hybrid', 'encap'],
  ['encap', 'noEncap'],
] as const)(
  'an agent does not come up on the way back from %s to %s: forward again, or back once it does',
  async (from, to) => {
    for (const [again, mode] of [
      [redoChange, to],
      [undoChange, from],
    ] as const) {
      const upstream = openUpstreamWorld(upstreamConfig(from))
      await carryOut(upstream.world.process(), wantedFor(from, to), driving('a'))
      upstream.broken.add('n2')
      await expect(undoChange(upstream.world.process(), driving('b'))).rejects.toMatchObject({
        code: 'CHANGE_UNVERIFIED',
        message: expect.stringContaining('n2'),
        remedy: expect.arrayContaining([expect.stringContaining('--redo')]),
      })
      upstream.broken.clear()
      await again(upstream.world.process(), driving('c'))
      expect(upstream.world.text).toBe(upstreamConfig(mode))
      expect(modesIn(upstream)).toEqual([mode, mode, mode, mode])
    }
  },
)

/** With the configuration before it starts as it always did. */
function mended({broken}: UpstreamWorld): (event: ChangeEvent) => void {
  return ({event}) => void (event === 'turned' && broken.clear())
}

test('without a word of somebody no route is removed: it stops and names the command', async () => {
  const upstream = openUpstreamWorld(upstreamConfig('hybrid'))
  const wanted = wantedFor('hybrid', 'noEncap')
  const unconfirmed = {...wanted, plan: {...wanted.plan, upstream: {removeStaleRoutes: false}}}
  await expect(carryOut(upstream.world.process(), unconfirmed, driving('a'))).rejects.toMatchObject({
    code: 'CHANGE_STOPPED',
    remedy: expect.arrayContaining(['on n1: ip route del 10.244.3.0/24 via 10.244.3.1 dev antrea-gw0']),
  })
  expect(modesIn(upstream)).toEqual(['noEncap', 'hybrid', 'hybrid', 'hybrid'])
  await resumeChange(upstream.world.process(), {...driving('b'), removeStaleRoutes: true})
  expect(staleIn(upstream)).toBe(0)
})

test('a foreign edit of the ConfigMap stops it', async () => {
  const upstream = openUpstreamWorld(upstreamConfig('encap'))
  const edit = (event: ChangeEvent) => {
    if (event.event === 'node' && event.state === 'verified') upstream.world.text += '# somebody else\n'
  }
  const work = carryOut(upstream.world.process(), wantedFor('encap', 'hybrid'), driving('a', edit))
  await expect(work).rejects.toMatchObject({code: 'CHANGE_FOREIGN'})
  expect(upstream.world.text).toContain('# somebody else')
})

class Crash extends Error {}

/** A process that dies at its nth call: before the act, or after it and before its answer. */
function dying({world}: UpstreamWorld, at: number, when: 'before' | 'after') {
  let dead = false
  return world.process((_call, now, number) => {
    if (!dead && number === at && now === when) dead = true
    if (dead) throw new Crash()
  })
}

describe.each([
  ['encap', 'hybrid'],
  ['hybrid', 'noEncap'],
  ['encap', 'noEncap'],
  ['noEncap', 'encap'],
] as const)('%s to %s', (from, to) => {
  const wanted = wantedFor(from, to)

  test.each(['before', 'after'] as const)('dies %s any call: resumed it ends, undone it is as before', async (when) => {
    let calls = 0
    const counted = openUpstreamWorld(wanted.config.before)
    await carryOut(
      counted.world.process((_call, _when, number) => void (calls = number)),
      wanted,
      driving('a'),
    )
    expect(calls).toBeGreaterThan(50)
    for (let at = 1; at <= calls; at += 1) {
      const upstream = openUpstreamWorld(wanted.config.before)
      const {world} = upstream
      await carryOut(dying(upstream, at, when), wanted, driving('a')).catch(() => undefined)
      const state = world.record()?.journal.state
      if (state !== undefined && state !== 'done' && at % 2 === 0) {
        await resumeChange(world.process(), driving('b'))
        expect([world.text, ...modesIn(upstream)]).toEqual([wanted.config.after, to, to, to, to])
        expect(staleIn(upstream)).toBe(0)
      }
      if (state !== undefined) await undoChange(world.process(), driving('c'))
      expect([world.text, ...modesIn(upstream)]).toEqual([wanted.config.before, from, from, from, from])
      expect(staleIn(upstream)).toBe(0)
    }
  })
})
