import {describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {AntctlError} from '../../src/model/errors.ts'
import {openFrames} from '../../src/ui/frames.ts'
import {type Listing, listingText} from '../../src/ui/listing.ts'
import {inJson, parseOutput, serialize} from '../../src/ui/output.ts'
import {plainTheme} from '../../src/ui/theme.ts'

interface Row {
  readonly node: string
  readonly ip: string
  readonly pods: number
}

const listing: Listing<Row> = {
  rows: [
    {node: 'n10', ip: '10.0.0.9', pods: 9},
    {node: 'n2', ip: '10.0.0.10', pods: 10},
  ],
  columns: [
    {title: 'NODE', value: ({node}) => node},
    {title: 'IP', value: ({ip}) => ip},
    {title: 'PODS', value: ({pods}) => pods, align: 'right', wide: true},
  ],
  name: ({node}) => `node/${node}`,
  failures: [{node: 'n3', error: new AntctlError('AGENT_UNREACHABLE', 'no answer within 5 s')}],
}
const view = {theme: plainTheme, width: undefined}
const text = (format: string, more: {sortBy?: string; headers?: boolean; width?: number} = {}) =>
  listingText(listing, {format: parseOutput(format), sortBy: more.sortBy}, {...view, ...more})

describe('one listing, every way of writing it', () => {
  test('table: a Node that failed is a row with its reason', async () => {
    expect(await text('table')).toBe('NODE  IP\nn10   10.0.0.9\nn2    10.0.0.10\nn3    no answer within 5 s\n')
  })
  test('in a narrow terminal the reason is folded, never cut', async () => {
    expect(await text('table', {width: 18})).toMatch(/n3 {4}no answer\n +within 5 s\n$/u)
  })
  test('wide has the columns that a table spares', async () => {
    expect(await text('wide')).toMatch(/^NODE {2}IP {9}PODS\nn10 {3}10\.0\.0\.9 {6}9\n/u)
  })
  test('without headers', async () => {
    expect(await text('table', {headers: false})).toMatch(/^n10 /u)
  })
  test('json and yaml: rows, then the Nodes that failed', async () => {
    const expected = [
      ...listing.rows,
      {node: 'n3', error: {code: 'AGENT_UNREACHABLE', message: 'no answer within 5 s'}},
    ]
    expect(JSON.parse(await text('json'))).toEqual(expected)
    expect(parse(await text('yaml'))).toEqual(expected)
  })
  test('name and jsonpath', async () => {
    expect(await text('name')).toBe('node/n10\nnode/n2\n')
    expect(await text('jsonpath={[*].ip}')).toBe('10.0.0.9 10.0.0.10')
  })
  test('one thing that was named is no list', async () => {
    const [row] = listing.rows
    const one = {...listing, rows: row === undefined ? [] : [row], failures: [], single: true}
    expect(JSON.parse(await listingText(one, {format: 'json'}, view))).toEqual(row)
  })
  test.each([
    ['node', ['n2', 'n10']],
    ['PODS', ['n10', 'n2']],
    ['.ip', ['n10', 'n2']],
    ['{.pods}', ['n10', 'n2']],
  ])('sorted by %s, numbers as numbers', async (sortBy, nodes) => {
    expect((await text('name', {sortBy})).trim().split('\n')).toEqual(nodes.map((node) => `node/${node}`))
  })
  test('a column that is not there is refused, with those that are', async () => {
    await expect(text('table', {sortBy: 'colour'})).rejects.toMatchObject({code: 'USAGE', remedy: [/NODE, IP, PODS/u]})
  })
})

test.each(['xml', 'jsonpath', ''])('-o %j is refused', (format) => {
  expect(() => parseOutput(format)).toThrow(/not a way to write/u)
})

describe('what the cluster sends moves no cursor, in any format', () => {
  const hostile = {name: 'a\u001B[2J\u009B31m\u202Eb', plain: 'x\u202Ey', '\u009Bkey': 'c:\n  d\u0007'}
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  const control = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/u
  test('json', async () => {
    const written = await serialize(hostile, 'json')
    expect(written).not.toMatch(control)
    expect(JSON.parse(written)).toEqual(hostile)
    expect(JSON.parse(inJson(hostile))).toEqual(hostile)
  })
  test('yaml', async () => {
    const written = await serialize(hostile, 'yaml')
    expect(written).not.toMatch(control)
    expect(parse(written)).toEqual(hostile)
  })
  test('jsonpath', async () => {
    expect(await serialize(hostile, 'jsonpath={.name}')).toBe(String.raw`a\x1b[2J\x9b31m\x202eb`)
  })
})

describe('frames', () => {
  const screen = {columns: 10, rows: 4}
  test('the second is written over the first, at once and without clearing it', () => {
    const frames = openFrames()
    expect(frames.next('a\nb\n', screen)).toBe('\u001B[?2026ha\u001B[K\nb\u001B[K\n\u001B[J\u001B[?2026l')
    expect(frames.next('c\n', screen)).toBe('\u001B[?2026h\r\u001B[2Ac\u001B[K\n\u001B[J\u001B[?2026l')
  })
  test('one that is higher than the terminal is cut, and says so', () => {
    expect(openFrames().next('1\n2\n3\n4\n5\n', screen)).toContain('1\u001B[K\n2\u001B[K\n… 3 more …\u001B[K\n')
  })
  test('after a change of size all begins anew', () => {
    const frames = openFrames()
    frames.next('a\n', screen)
    expect(frames.next('a\n', {columns: 20, rows: 4})).toContain('\u001B[H\u001B[2J')
  })
})
