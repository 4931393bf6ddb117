import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import type {Found} from '../../src/agent/datapath.ts'
import {type EventLog, openEventLog} from '../../src/agent/events.ts'
import {Foreign} from '../../src/agent/foreign.ts'
import type {Part} from '../../src/datapath/plan/compare.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'

const flow: Flow = {table: 1, priority: 1, cookie: 0n, match: {}, actions: []}
const change = {event: 'added', table: 1, flow} as const
const repaired: Found = {
  total: 3,
  parts: ['flows'],
  deviations: [{kind: 'flow', problem: 'extra', what: 'table=1', owner: 'nobody'}],
}
let events: EventLog
let suspected: (Part | 'neighbours')[]
let told: (string | undefined)[]
let requests: number
let foreign: Foreign
let matters: boolean

beforeEach(() => {
  vi.useFakeTimers()
  events = openEventLog()
  suspected = []
  told = []
  requests = 0
  matters = true
  foreign = new Foreign({
    datapath: () => ({
      suspect: (parts) => suspected.push(...parts),
      suspectFlow: () => matters,
      refreshNeighbours: async () => {
        suspected.push('neighbours')
        await Promise.resolve()
      },
    }),
    request: async () => {
      requests++
      await Promise.resolve()
    },
    events,
    tell: (contested) => told.push(contested),
  })
})
afterEach(() => {
  foreign.stop()
  vi.useRealTimers()
})

test('what comes together is looked at together, and soon', () => {
  for (let count = 0; count < 100; count++) foreign.sawFlow(change)
  foreign.sawKernel('routes')
  foreign.sawKernel('routes')
  vi.advanceTimersByTime(19)
  expect(requests).toBe(0)
  vi.advanceTimersByTime(1)
  expect({requests, suspected}).toEqual({requests: 2, suspected: ['routes']})
})

test('a flow that is none of ours leads to nothing', () => {
  matters = false
  foreign.sawFlow(change)
  vi.advanceTimersByTime(100_000)
  expect(requests).toBe(0)
})

test('a device that came or changed may need its guard, its settings and its routes', () => {
  foreign.sawKernel('links')
  vi.advanceTimersByTime(20)
  expect(suspected.toSorted()).toEqual(['nft', 'routes', 'settings'])
})

test('neighbours are told to the tunnel, without a pass', () => {
  foreign.sawKernel('neighbours')
  foreign.sawKernel('neighbours')
  vi.advanceTimersByTime(1_000)
  expect({requests, suspected}).toEqual({requests: 0, suspected: ['neighbours']})
})

test('who fights is told of, answered slowly, and forgotten when it is over', () => {
  for (let count = 0; count < 15; count++) foreign.passed(repaired)
  expect(told).toEqual(['somebody keeps changing our flows: repairs are spaced out'])
  expect(events.list().events.map(({kind}) => kind)).toEqual([
    ...Array.from({length: 11}, () => 'repair'),
    'contest',
    ...Array.from({length: 4}, () => 'repair'),
  ])
  expect(events.list().events[0]?.sentence).toBe(
    'repaired what somebody else had changed: flow extra: table=1 and 2 more',
  )
  foreign.sawFlow(change)
  foreign.sawKernel('routes')
  vi.advanceTimersByTime(1_000)
  expect(requests).toBe(1)
  vi.advanceTimersByTime(30_000)
  expect(requests).toBe(2)
  vi.advanceTimersByTime(60_000)
  foreign.passed(undefined)
  expect(told).toEqual([expect.any(String), undefined])
})

test('after the stop nothing is asked for', () => {
  foreign.sawFlow(change)
  foreign.stop()
  vi.advanceTimersByTime(100_000)
  expect(requests).toBe(0)
})
