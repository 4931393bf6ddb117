import {describe, expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import {sheetOf} from '../../src/ui/dash/sheet.ts'
import {placeOf} from '../../src/ui/dash/state.ts'
import {update} from '../../src/ui/dash/update.ts'
import {type RouteRow, routeColumns} from '../../src/ui/node-tables.ts'
import {happened, now, opened, pressed, seen} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const route = (node: number, to: number): RouteRow => ({
  node: `n${node}`,
  to: `10.244.${to}.0/24`,
  dev: to === node ? 'antrea-gw0' : 'br-phy',
  protocol: '165',
  metric: to * 10,
  ...(to !== node && {via: `172.30.1.${10 + to}`, for: `n${to}`}),
})
const rows = [1, 2, 3, 4].flatMap((node) => [1, 2, 3, 4, 11].map((to) => route(node, to)))
const sheet = sheetOf({rows, columns: routeColumns, name: ({to}) => to})
const facts = (value = sheet) => ({routes: {value, at: now - 1_000}})
const column = (text: string) => text.split('\n').filter((line) => line.includes('10.244.'))

test.each([80, 120, 200])('in %i columns', async (columns) => {
  const state = pressed(opened('routes', facts(), columns, 20), '[down]', '[down]')
  await expect(seen(state)).toMatchFileSnapshot(golden(`routes-${columns}`))
})

describe('keys', () => {
  const start = opened('routes', facts(), 100, 40)
  test('/ filters while it is written, by every word; ! takes away; Esc shows all again', () => {
    const filtered = pressed(start, '/', 'n1 br-phy !11')
    expect(seen(filtered)).toContain('Routes: 3 of 20, with "n1 br-phy !11"')
    expect(seen(pressed(filtered, '[escape]'))).toContain('Routes: 20')
    expect(seen(pressed(filtered, '[enter]', '[down]'))).toContain('Routes: 3 of 20')
    expect(seen(pressed(start, '/', 'nonsense'))).toContain('Nothing has "nonsense" in it.')
  })

  test('s sorts by one column after the other, numbers as numbers, S turns it round', () => {
    const byNode = pressed(start, 's')
    expect(seen(byNode)).toContain('by NODE ▲')
    const byTo = pressed(byNode, 's')
    expect(column(seen(byTo)).at(-1)).toMatch(/10\.244\.11\.0\/24/u)
    expect(column(seen(pressed(byTo, 'S')))[0]).toMatch(/10\.244\.11\.0\/24/u)
  })

  test('w shows all columns, → leaves some out', () => {
    expect(seen(pressed(start, 'w'))).toMatch(/NODE .*METRIC .*ONLINK|NODE .*SCOPE/u)
    expect(seen(pressed(start, '[right]'))).toMatch(/NODE {2,}VIA/u)
    expect(seen(pressed(start, '[right]', '[left]'))).toBe(seen(start))
  })

  test('f stays at the end, an arrow ends it', () => {
    const following = pressed(start, 'f')
    expect(seen(following)).toMatch(/▸ n4 .*11\.0\/24/u)
    const more = sheetOf({rows: [...rows, route(5, 5)], columns: routeColumns})
    const next = happened(following, {kind: 'arrived', facts: facts(more), at: now})
    expect(seen(next)).toMatch(/▸ n5/u)
    expect(placeOf(pressed(next, '[up]'))).toMatchObject({follow: false, chosen: 19})
  })

  test('y asks for the whole row as YAML, which Esc leaves', () => {
    const {effects} = update(start, {kind: 'key', key: {name: 'text', text: 'y'}})
    expect(effects).toEqual([{do: 'show', title: '10.244.1.0/24', value: rows[0]}])
    const text = happened(start, {kind: 'text', title: '10.244.1.0/24', text: 'node: n1\nto: 10.244.1.0/24\n'})
    expect(seen(text)).toContain('[YAML]')
    expect(seen(pressed(text, '[escape]'))).toBe(seen(start))
  })

  test('no key of these ends it where there is nothing', () => {
    const empty = opened('routes', {})
    for (const key of ['s', 'S', 'w', 'f', 'y', '[down]', '[end]', '[left]', '[right]', '[enter]', '/x'])
      expect(seen(pressed(empty, key)).length).toBeGreaterThan(0)
  })
})

test('a Node that does not answer keeps its rows, marked, with the reason below', () => {
  const error = new AntctlError('AGENT_UNREACHABLE', 'the agent on n2 did not answer within 4 s')
  const without = rows.filter(({node}) => node !== 'n2')
  const next = sheetOf({rows: without, columns: routeColumns, failures: [{node: 'n2', error}]}, sheet)
  const state = opened('routes', facts(next), 100, 40)
  expect(seen(state)).toContain('Routes: 20')
  expect(seen(state)).toMatch(/^ ~n2 /mu)
  expect(seen(state)).toContain('! STALE (~): n2: the agent on n2 did not answer within 4 s')
})

test('ten thousand rows are a screen, too', () => {
  const many = Array.from({length: 10_000}, (_, at) => route(at, at % 250))
  const state = pressed(opened('routes', facts(sheetOf({rows: many, columns: routeColumns})), 100, 24), '[end]')
  expect(seen(state).split('\n')).toHaveLength(25)
  expect(seen(state)).toMatch(/▸ n9999/u)
})
