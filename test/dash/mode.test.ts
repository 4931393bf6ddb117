import {describe, expect, test} from 'vitest'
import type {ChangeStatus} from '../../src/changes/engine/status.ts'
import {drawPlan} from '../../src/changes/set-mode/plan.ts'
import type {StoredPlan} from '../../src/model/change.ts'
import type {ChangeEvent} from '../../src/model/change-event.ts'
import {AntctlError} from '../../src/model/errors.ts'
import type {Facts} from '../../src/ui/dash/facts.ts'
import {update} from '../../src/ui/dash/update.ts'
import {manyAgents} from '../changes/clusters.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {happened, healthOf, inMode, now, opened, pressed, seen, well} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const enter = {kind: 'key', key: {name: 'enter', text: ''}} as const
const plan = drawPlan({config: 'trafficEncapMode: encap\n', infos: fourAgents}, 'hybrid')
const start = opened('mode', well, 100, 40)
const planning = pressed(start, '[down]', '[enter]')
const shown = happened(planning, {kind: 'planned', plan})
const at = '2026-11-23T06:00:50.000Z'
const head = {version: 1, at, change: 'c1'} as const
const noSNAT = {from: false, to: false}
const events: readonly ChangeEvent[] = [
  {
    ...head,
    event: 'began',
    direction: 'forward',
    from: 'encap',
    to: 'hybrid',
    noSNAT,
    by: 'me',
    steps: [
      {name: 'canary', nodes: 1},
      {name: 'batch 1', nodes: 3},
    ],
  },
  {...head, event: 'step', step: 'canary', direction: 'forward', state: 'running'},
  {
    ...head,
    event: 'node',
    node: 'n1',
    direction: 'forward',
    state: 'verified',
    milliseconds: 7,
    ways: {routed: 1, tunnelled: 2},
  },
  {...head, event: 'node', node: 'n2', direction: 'forward', state: 'changing'},
  {
    ...head,
    event: 'probe',
    step: 'canary',
    sent: 1_200,
    lost: 3,
    longestGap: 12,
    worst: [{from: 'n1', to: 'n2', form: 'live', lost: 3, longestGap: 12}],
    silent: [],
  },
]

/** A change that the cluster keeps. */
function recorded(state: 'running' | 'stopped' | 'done'): NonNullable<Facts['change']> {
  const stored: StoredPlan = {
    version: 1,
    scope: 'cluster',
    from: 'encap',
    to: 'hybrid',
    noSNAT,
    phases: [{name: 'canary', nodes: ['n1']}],
    options: {maxLoss: 0, soakSeconds: 0, notReady: 'wait'},
  }
  const sentence =
    state === 'done' ? 'all 4 Nodes run hybrid' : 'on the way to hybrid: at canary, 1 of 4 Nodes told, 1 proven'
  const standing = {told: 1, proven: 1, nodes: 4, step: 'canary', sentence}
  const change: NonNullable<ChangeStatus['change']> = {
    id: 'c1',
    began: at,
    by: 'me',
    plan: stored,
    state,
    direction: 'forward',
    standing,
    nodes: {},
    steps: [],
    ways: [],
  }
  return {value: {status: {change}, events}, at: now}
}

describe('a change, from the choice to its end', () => {
  test.each([80, 120, 200])('the plan as a picture, in %i columns', async (columns) => {
    const state = {...shown, screen: {columns, rows: 40}}
    await expect(seen(state)).toMatchFileSnapshot(golden(`plan-${columns}`))
  })

  test('Enter asks for a plan, and only the whole word carries it out', () => {
    expect(update(pressed(start, '[down]', 'n'), enter).effects).toEqual([{do: 'plan', mode: 'hybrid', snat: 'on'}])
    expect(update(pressed(shown, 'hybri'), enter).effects).toEqual([])
    expect(seen(pressed(shown, 'hybri', '[enter]'))).toContain('nothing was changed')
    expect(update(pressed(shown, 'hybrid'), enter).effects).toEqual([{do: 'drive', how: 'begin'}])
    expect(seen(pressed(shown, 'hybrid', '[escape]'))).toContain('Which way are packets')
  })

  test('SNAT alone: the mode that runs is chosen, and its own word confirms it', () => {
    const infos = inMode(fourAgents, 'noEncap')
    const noEncap = opened('mode', {health: healthOf(infos)}, 100, 40)
    expect(seen(noEncap)).toMatch(/▸ noEncap .*4 Nodes run it/u)
    const without = pressed(noEncap, 'nn')
    expect(seen(without)).toContain('Enter shows what without SNAT alone, in the mode as it is, would change.')
    expect(update(without, enter).effects).toEqual([{do: 'plan', mode: 'noEncap', snat: 'off'}])
    const config = 'trafficEncapMode: noEncap\n'
    const alone = drawPlan({config, infos, ways: []}, 'noEncap', {noSNAT: true})
    const asked = happened(pressed(without, '[enter]'), {kind: 'planned', plan: {...alone, refusals: []}})
    expect(seen(asked)).toMatch(/noSNAT: false → true[^]*Change 4 Nodes to noEncap, without SNAT\? Type no-snat/u)
    expect(update(pressed(asked, 'noEncap'), enter).effects).toEqual([])
    expect(update(pressed(asked, 'no-snat'), enter).effects).toEqual([{do: 'drive', how: 'begin'}])
  })

  test('no key before that changes anything', () => {
    for (const key of ['p', 'r', 'u', 'y', '[enter]', '[tab]', 'q'])
      for (const {do: what} of update(shown, {kind: 'key', key: {name: 'text', text: key}}).effects)
        expect(what).toBe('none')
  })

  test('Node by Node with loss and gap, and what comes of it', async () => {
    const driven = happened(
      pressed(shown, 'hybrid', '[enter]'),
      ...events.map((event) => ({kind: 'change', event}) as const),
    )
    await expect(seen(driven)).toMatchFileSnapshot(golden('change'))
    expect(update(driven, {kind: 'key', key: {name: 'text', text: 'p'}}).effects).toEqual([{do: 'pause'}])
    // Who looks elsewhere and comes back finds it.
    expect(seen(pressed(driven, '1', '8'))).toBe(seen(driven))
    const ended = happened(driven, {kind: 'driven'}, {kind: 'arrived', facts: {change: recorded('done')}, at: now})
    expect(seen(ended)).toContain('All 4 Nodes run hybrid.')
  })

  test('a failure says what happened, and where it stands', () => {
    const error = new AntctlError('CHANGE_ROLLED_BACK', 'rolled back: all Nodes run as before', {
      remedy: ['antctl check probes'],
    })
    const driven = pressed(shown, 'hybrid', '[enter]')
    expect(seen(happened(driven, {kind: 'driven', error}))).toMatch(/✗ rolled back.*\n {2}antctl check probes/u)
  })

  test('q stops a change in order, and asks once more', () => {
    const driven = pressed(shown, 'hybrid', '[enter]')
    const once = update(driven, {kind: 'key', key: {name: 'text', text: 'q'}})
    expect(once.effects).toEqual([])
    expect(seen(once.state)).toContain('q again pauses it')
    expect(update(once.state, {kind: 'key', key: {name: 'text', text: 'q'}}).effects).toEqual([{do: 'quit'}])
  })
})

describe('a change that somebody left', () => {
  const facts = {...well, change: recorded('stopped')}
  const found = opened('mode', facts, 100, 40)
  test('is found, and can go on or back by typing', () => {
    expect(seen(found)).toMatch(/on the way to hybrid: at canary/iu)
    expect(update(pressed(found, 'r', 'resume'), enter).effects).toEqual([{do: 'drive', how: 'resume'}])
    expect(update(pressed(found, 'u', 'undo'), enter).effects).toEqual([{do: 'drive', how: 'undo'}])
    expect(update(pressed(found, 'u', 'resume'), enter).effects).toEqual([])
  })

  test('that still runs elsewhere is watched by its journal', () => {
    const running = opened('mode', {...well, change: recorded('running')}, 100, 40)
    expect(seen(running)).toContain('n1    ✓ proven from its flows and routes')
    expect(update(running, {kind: 'key', key: {name: 'text', text: 'p'}}).effects).toEqual([{do: 'pause'}])
  })

  test('one that is done can be undone', () => {
    const done = opened('mode', {...well, change: recorded('done')}, 100, 40)
    expect(update(pressed(done, 'u', 'undo'), enter).effects).toEqual([{do: 'drive', how: 'undo'}])
  })
})

test('what is refused, or nothing to do, is not asked about', () => {
  const nothing = drawPlan({config: 'trafficEncapMode: encap\n', infos: fourAgents}, 'encap')
  const state = happened(planning, {kind: 'planned', plan: {...nothing, done: true}})
  expect(seen(state)).toContain('Nothing to do')
  expect(update(pressed(state, 'encap'), enter).effects).toEqual([])
  const error = new AntctlError('CHANGE_RUNNING', 'a change of encap to hybrid by me is not finished')
  expect(seen(happened(planning, {kind: 'refused', of: 'mode', error}))).toContain('is not finished')
})

test('five hundred Nodes are told of by what they have in common, and what is to be typed stays in sight', () => {
  const many = drawPlan({config: 'trafficEncapMode: encap\n', infos: manyAgents(500)}, 'hybrid')
  const state = happened({...planning, screen: {columns: 80, rows: 20}}, {kind: 'planned', plan: many})
  expect(seen(state)).toContain('Change 500 Nodes to hybrid?')
  expect(seen(pressed(state, '[pageDown]', '[pageDown]'))).toContain('Change 500 Nodes to hybrid?')
})
