import {describe, expect, test} from 'vitest'
import type {StoredPlan} from '../../../src/model/change.ts'
import {type TrafficMode, trafficModeNames} from '../../../src/model/traffic-mode.ts'
import type {Wanted} from '../../../src/changes/engine/begin.ts'
import type {ChangeCluster} from '../../../src/changes/engine/cluster.ts'
import {carryOut, resumeChange, undoChange} from '../../../src/changes/engine/drive-change.ts'
import {editKey} from '../../../src/changes/set-mode/edit-config.ts'
import {openWorld, type World} from './world.ts'

const options = {maxLoss: 0, soakSeconds: 0, notReady: 'wait'} as const
const driving = (holder: string) => ({
  holder,
  signal: new AbortController().signal,
  patience: 30_000,
  tell: () => undefined,
})

export interface Case {
  readonly from: TrafficMode
  readonly to: TrafficMode
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
  readonly scope: StoredPlan['scope']
}

/** n2 has something of its own, which is to stay as it is, order and all. */
const own = {
  n2: {metadata: {labels: {team: 'b'}}, spec: {agent: {logVerbosity: 2}, secondaryNetwork: {ovsBridges: []}}},
}

function textOf(mode: TrafficMode, noSNAT: boolean): string {
  return `# ours, "as it is"\r\ntrafficEncapMode: ${mode}   # the mode\n\nnoSNAT: ${noSNAT}\n`
}

function wantedOf({from, to, noSNAT, scope}: Case): Wanted {
  const before = textOf(from, noSNAT.from)
  const moded = from === to ? before : editKey(before, {key: 'trafficEncapMode', value: to})
  const after = noSNAT.from === noSNAT.to ? moded : editKey(moded, {key: 'noSNAT', value: noSNAT.to})
  const phases = [
    {name: 'canary', nodes: ['n1']},
    {name: 'batch 1', nodes: scope === 'nodes' ? ['n2'] : ['n2', 'n3', 'n4']},
  ]
  const plan: StoredPlan = {version: 1, scope, from, to, noSNAT, phases, options}
  return {plan, config: {before, after: scope === 'nodes' ? before : after}, by: 'somebody'}
}

const modes = trafficModeNames.flatMap((from) => trafficModeNames.map((to) => ({from, to})))
/** All ordered pairs of modes, with and without a change of noSNAT. */
export const crashCases: readonly Case[] = modes.flatMap(({from, to}) =>
  [false, true].flatMap((was) =>
    [false, true].flatMap((is) => {
      const fits = (was ? from === 'noEncap' : true) && (is ? to === 'noEncap' : true) && (from !== to || was !== is)
      const noSNAT = {from: was, to: is}
      return fits ? (['cluster', 'nodes'] as const).map((scope) => ({from, to, noSNAT, scope})) : []
    }),
  ),
)
const name = ({from, to, noSNAT, scope}: Case) =>
  `${from}${noSNAT.from ? ' without SNAT' : ''} to ${to}${noSNAT.to ? ' without SNAT' : ''}, ${scope}`

class Crash extends Error {}

/** A process that dies at its nth call: before the act, or after it and before its answer. */
function dying(world: World, at: number, when: 'before' | 'after') {
  let dead = false
  return world.process((_call, now, number) => {
    if (!dead && number === at && now === when) dead = true
    if (dead) throw new Crash()
  })
}

function snapshot(world: World) {
  return {
    text: world.text,
    nodeConfigs: Object.fromEntries([...world.nodeConfigs].map(([node, {content}]) => [node, content])),
  }
}

function expectFinished(world: World, {plan, config}: Wanted): void {
  expect(world.text).toBe(config.after)
  expect(world.record()?.journal.state).toBe('done')
  if (plan.scope === 'cluster') expect(snapshot(world).nodeConfigs).toEqual(own)
}

/** Which calls a process is to die at. */
export type Dying = (call: string, number: number) => boolean

/** Dies at each of these calls, once before the act and once after it; then it is resumed, or undone, or both. */
export function crashMatrix(of: readonly Case[], isDying: Dying): void {
  describe.each(of.map((one) => ({...one, name: name(one)})))('$name', (one) => {
    const wanted = wantedOf(one)

    test('goes through, and back byte for byte long after', async () => {
      const world = openWorld(wanted.config.before, own)
      const before = snapshot(world)
      await carryOut(world.process(), wanted, driving('a'))
      expectFinished(world, wanted)
      await undoChange(world.process(), driving('b'))
      expect(snapshot(world)).toEqual(before)
      expect(world.record()?.journal.state).toBe('undone')
      expect(world.lease.holder).toBeUndefined()
      expect(world.probes).toBe(0)
    })

    test.each(['before', 'after'] as const)(
      'dies %s a call of the undo: resumed or undone again it is as before',
      async (when) => {
        const done = await finishedWorld(wanted)
        const calls = await callsOf(done, (cluster) => undoChange(cluster, driving('b')))
        for (const [index, call] of calls.entries()) {
          if (!isDying(call, index)) continue
          const world = await finishedWorld(wanted)
          await undoChange(dying(world, index + 1, when), driving('b')).catch(() => undefined)
          const again = index % 2 === 0 && world.record()?.journal.direction === 'back' ? resumeChange : undoChange
          if (world.record()?.journal.state !== 'undone') await again(world.process(), driving('c'))
          expect(snapshot(world)).toEqual({text: wanted.config.before, nodeConfigs: own})
        }
      },
    )

    test.each(['before', 'after'] as const)('dies %s a call: resumed it ends, undone it is as before', async (when) => {
      const calls = await callsOf(openWorld(wanted.config.before, own), (cluster) =>
        carryOut(cluster, wanted, driving('a')),
      )
      expect(calls.length).toBeGreaterThan(50)
      for (const [index, call] of calls.entries()) {
        if (!isDying(call, index)) continue
        const world = openWorld(wanted.config.before, own)
        const before = snapshot(world)
        await carryOut(dying(world, index + 1, when), wanted, driving('a')).catch(() => undefined)
        if (world.record() !== undefined && index % 2 === 0 && world.record()?.journal.state !== 'done') {
          await resumeChange(world.process(), driving('b'))
          expectFinished(world, wanted)
        }
        if (world.record() !== undefined) await undoChange(world.process(), driving('c'))
        expect(snapshot(world)).toEqual(before)
      }
    })
  })
}

/** All calls of work that goes well, in order. */
async function callsOf(world: World, work: (cluster: ChangeCluster) => Promise<void>): Promise<readonly string[]> {
  const calls: string[] = []
  const count = (call: string, when: 'before' | 'after') => void (when === 'before' && calls.push(call))
  await work(world.process(count))
  return calls
}

async function finishedWorld(wanted: Wanted): Promise<World> {
  const world = openWorld(wanted.config.before, own)
  await carryOut(world.process(), wanted, driving('a'))
  return world
}
