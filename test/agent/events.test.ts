import {expect, test} from 'vitest'
import {type EventLog, openEventLog, parseEventQuery} from '../../src/agent/events.ts'

test('events are numbered, and listed oldest first', () => {
  const log = ticking()
  log.add('repair', 'one')
  log.add('change', 'two', {flows: 3})
  expect(log.list().events).toEqual([
    {number: 1, time: '2026-01-01T00:00:01.000Z', kind: 'repair', sentence: 'one'},
    {number: 2, time: '2026-01-01T00:00:02.000Z', kind: 'change', sentence: 'two', details: {flows: 3}},
  ])
})

test.each([
  ['', ['1', '2', '3', '4', '5']],
  ['since=3', ['4', '5']],
  ['since=2026-01-01T00:00:03Z', ['4', '5']],
  ['since=2026-01-01T00:00:03.500Z&limit=1', ['5']],
  ['limit=2', ['4', '5']],
  ['limit=0', []],
  ['since=99', []],
])('?%s', (query, sentences) => {
  const log = ticking()
  for (const sentence of ['1', '2', '3', '4', '5']) log.add('change', sentence)
  expect(log.list(parseEventQuery(new URLSearchParams(query))).events.map(({sentence}) => sentence)).toEqual(sentences)
})

test.each(['since=yesterday', 'since=-1', 'since=2026-99-99T00:00:00Z', 'limit=many', 'limit=1e9', 'limit=-2'])(
  '?%s is refused in a sentence',
  (query) => {
    expect(() => parseEventQuery(new URLSearchParams(query))).toThrow(/is (neither|not) a number/u)
  },
)

test('neither many events nor long sentences fill the memory', () => {
  const log = ticking()
  for (let count = 0; count < 1_500; count++) log.add('trouble', 'x'.repeat(10_000))
  const {events} = log.list()
  expect(events).toHaveLength(1_000)
  expect(events[0]?.number).toBe(501)
  expect(events[0]?.sentence).toHaveLength(500)
})

function ticking(): EventLog {
  let seconds = 0
  return openEventLog(() => new Date(Date.UTC(2026, 0, 1, 0, 0, ++seconds)))
}
