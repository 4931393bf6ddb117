import {describe, expect, test} from 'vitest'
import {pathKindNames} from '../../src/model/path.ts'
import {manyAgents} from '../changes/clusters.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {happened, inMode, opened, pathsOf, pressed, seen} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const hybrid = inMode(fourAgents, 'hybrid')

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
    const state = pressed(opened('topology', {paths: pathsOf(hybrid, findings)}), '[right]', '[right]', '[enter]')
    await expect(seen(state)).toMatchFileSnapshot(golden('pair'))
    expect(seen(pressed(state, '[escape]'))).toContain('n1 → n3')
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
