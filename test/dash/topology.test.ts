import {describe, expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import {pathKindNames} from '../../src/model/path.ts'
import {update} from '../../src/ui/dash/update.ts'
import {manyAgents} from '../changes/clusters.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {happened, inMode, now, opened, pathsOf, pressed, seen} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const hybrid = inMode(fourAgents, 'hybrid')
const ends = {from: 'n1', to: 'n3'}
const enter = {kind: 'key', key: {name: 'enter', text: ''}} as const
const key = (text: string) => ({kind: 'key', key: {name: 'text', text}}) as const

describe('few Nodes', () => {
  const facts = {paths: pathsOf(hybrid)}
  test.each([80, 120, 200])('in %i columns', async (columns) => {
    const state = pressed(opened('topology', facts, columns, 30), '[right]', '[right]')
    await expect(seen(state)).toMatchFileSnapshot(golden(`topology-${columns}`))
  })

  test('40 columns and 12 rows show the chosen pair all the same', () => {
    const state = pressed(opened('topology', facts, 40, 12), '[down]', '[down]', '[right]')
    expect(seen(state)).toMatch(/n3 → n2 {2}tunnelled/u)
    expect(seen(state)).toMatch(/\[T═/u)
  })

  test('what is odd is marked, and ! goes from one to the next', () => {
    const findings = new Map([
      [
        'n1 10.244.3.0/24',
        {installed: {class: 'broken' as const, why: 'L3Forwarding of n1 has no flow to 10.244.3.0/24'}},
      ],
    ])
    const state = pressed(opened('topology', {paths: pathsOf(hybrid, findings)}), '!')
    expect(seen(state)).toContain('[X✗!]')
    expect(seen(state)).toContain('n1 → n3  broken: L3Forwarding of n1 has no flow to 10.244.3.0/24')
  })

  test('Enter says why, of both directions, and what to do', async () => {
    const findings = new Map([
      [
        'n1 10.244.3.0/24',
        {installed: {class: 'broken' as const, why: 'L3Forwarding of n1 has no flow to 10.244.3.0/24'}},
      ],
      [
        'n3 10.244.1.0/24',
        {
          installed: {
            class: 'tunnelled' as const,
            why: 'L3Forwarding priority 200 sets tun_dst 172.30.1.11, which is n1',
          },
        },
      ],
    ])
    const chosen = pressed(opened('topology', {paths: pathsOf(hybrid, findings)}), '[right]', '[right]')
    const state = pressed(chosen, '[enter]')
    expect(update(chosen, enter).effects).toEqual([{do: 'look', ...ends, probes: true}])
    await expect(seen(state)).toMatchFileSnapshot(golden('pair'))
    expect(seen(pressed(state, '[escape]'))).toContain('n1 → n3')
  })

  test('flow, route, MTU and the last probe of a pair, and where they differ from what is installed', async () => {
    const state = pressed(opened('topology', facts, 100, 44), '[right]', '[right]', '[enter]')
    const flow = {
      table: 'L3Forwarding',
      priority: 200,
      match: 'ip,nw_dst=10.244.3.0/24',
      actions: 'set_field:172.30.2.13->tun_dst',
    }
    const there = {
      why: 'L3Forwarding sets tun_dst 172.30.2.13, which is n3',
      flow: {...flow, packets: 12},
      route: '10.244.3.0/24 dev antrea-gw0',
    }
    const live = {sent: 166, lost: 0, longestGap: 0, roundTrip: {median: 0.4, p99: 1}, mtu: 1400}
    const silent = [{node: 'n3', reason: 'the agent on n3 did not answer within 8 s'}]
    const probed = {
      there: {kind: 'tunnelled', why: '166 of 166 probes came back, without a tunnel none', live},
      silent: [],
      at: now - 3_000,
    } as const
    const told = happened(state, {kind: 'held', ...ends, held: {there, silent}}, {kind: 'probed', ...ends, probed})
    await expect(seen(told)).toMatchFileSnapshot(golden('pair-probed'))
    expect(update(told, key('o')).effects).toEqual([{do: 'look', ...ends, probes: true}])
    // Who went to another pair meanwhile does not see it there.
    const other = pressed(state, '[escape]', '[right]', '[enter]')
    expect(seen(happened(other, {kind: 'probed', ...ends, probed}))).toBe(seen(other))
  })

  test('who may not have probes sent is told why; who wants none sent has none sent unless a key says so', () => {
    const quiet = pressed({...opened('topology', facts), quiet: true}, '[right]', '[right]')
    expect(update(quiet, enter).effects).toEqual([{do: 'look', ...ends, probes: false}])
    const page = pressed(quiet, '[enter]')
    expect(seen(page)).toMatch(/probe +none yet/u)
    expect(update(page, key('o')).effects).toEqual([{do: 'look', ...ends, probes: true}])
    const error = new AntctlError('API_FORBIDDEN', 'you may not create probesessions', {
      remedy: ['ask for antctl-operator'],
    })
    expect(seen(happened(pressed(page, 'o'), {kind: 'refused', of: 'pair', error}))).toMatch(
      /! not probed: you may not create probesessions\n {4}ask for antctl-operator/u,
    )
  })

  test('one Node with itself has no reason to be told', () => {
    expect(seen(pressed(opened('topology', facts), '[enter]'))).toContain('choose two Nodes')
  })

  test('Nodes that went away leave a page that says so', () => {
    const pair = pressed(opened('topology', facts), '[right]', '[enter]')
    const left = happened(pair, {kind: 'arrived', facts: {paths: pathsOf(hybrid.slice(2))}, at: 0})
    expect(seen(left)).toContain('Nothing is known of these two Nodes any more.')
  })
})

describe('many Nodes', () => {
  const facts = {paths: pathsOf(inMode(manyAgents(500), 'hybrid'))}
  test.each([80, 120, 200])('a part of the matrix in %i columns', async (columns) => {
    const state = pressed(
      opened('topology', facts, columns, 24),
      '[pageDown]',
      '[down]',
      ...Array.from({length: 17}, () => '[right]'),
    )
    await expect(seen(state)).toMatchFileSnapshot(golden(`matrix-${columns}`))
  })

  test('the chosen pair is always among those that are shown', () => {
    let state = opened('topology', facts, 100, 20)
    for (const key of ['[end]', '[up]', '[home]', '[pageDown]', '[left]', '[right]', '[pageUp]', '[down]', '[end]']) {
      state = pressed(state, ...Array.from({length: 40}, () => key))
      expect(seen(state)).toMatch(/\[[^ ]{2}[ !]/u)
    }
  })

  test('/ finds a Node by a part of its name', () => {
    const state = pressed(opened('topology', facts, 100, 20), '/', 'n321', '[enter]', '[right]')
    expect(seen(state)).toMatch(/n321 → /u)
  })
})

test('letters and shapes say by themselves what colours say', () => {
  const state = opened('topology', {paths: pathsOf(hybrid)}, 120, 40)
  for (const kind of pathKindNames) expect(seen(state)).toContain(kind)
})
