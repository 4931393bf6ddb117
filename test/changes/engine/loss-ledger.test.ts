import {expect, test} from 'vitest'
import type {ProbeLook} from '../../../src/changes/engine/cluster.ts'
import {openLedger} from '../../../src/changes/engine/loss-ledger.ts'
import type {PairCount} from '../../../src/model/change-event.ts'

function pair(from: string, to: string, change: Partial<PairCount> = {}): PairCount {
  return {from, to, form: 'live', sent: 100, lost: 0, longestGap: 0, roundTrip: {median: 1, p99: 2}, ...change}
}

function look(...pairs: readonly PairCount[]): ProbeLook {
  const sum = (of: (count: PairCount) => number) => pairs.reduce((total, count) => total + of(count), 0)
  const longestGap = Math.max(...pairs.map((count) => count.longestGap))
  return {sent: sum(({sent}) => sent), lost: sum(({lost}) => lost), longestGap, pairs, resolution: 10, silent: []}
}

function ledgerAt(now = {at: 0}) {
  return openLedger({now: () => now.at})
}

test('of each pair and step: all that was sent, the longest gap, the median of its medians, the greatest 99th of a hundred', () => {
  const ledger = ledgerAt()
  ledger.add(look(pair('n1', 'n2', {roundTrip: {median: 1, p99: 9}}), pair('n2', 'n1')))
  ledger.add(look(pair('n1', 'n2', {roundTrip: {median: 5, p99: 6}}), pair('n2', 'n1', {lost: 3, longestGap: 30})))
  ledger.add(look(pair('n1', 'n2', {roundTrip: {median: 3, p99: 4}})))
  expect(ledger.pairsSinceMark()).toEqual([
    pair('n2', 'n1', {sent: 200, lost: 3, longestGap: 30}),
    pair('n1', 'n2', {sent: 300, roundTrip: {median: 3, p99: 9}}),
  ])
  expect(ledger.worst()).toEqual([
    {from: 'n2', to: 'n1', form: 'live', lost: 3, longestGap: 30, roundTrip: {median: 1, p99: 2}},
  ])
})

test('the next step begins with nothing of the pairs, and with all that was lost before', () => {
  const ledger = ledgerAt()
  ledger.add(look(pair('n1', 'n2', {lost: 3, longestGap: 30})))
  ledger.mark()
  expect([ledger.pairsSinceMark(), ledger.sinceMark()]).toEqual([[], {sent: 0, lost: 0, longestGap: 0}])
  expect(ledger.worst()).toEqual([{from: 'n1', to: 'n2', form: 'live', lost: 3, longestGap: 30}])
  const silent = {from: 'n1', to: 'n2', form: 'live', sent: 100, lost: 100, longestGap: 990}
  ledger.add(look(silent))
  expect(ledger.pairsSinceMark()).toEqual([silent])
  expect(ledger.counted()).toBe(103)
})

test('what was lost with a Node that is away does not count, also right after it is back; it was seen all the same', () => {
  const now = {at: 0}
  const ledger = ledgerAt(now)
  ledger.add(look(pair('n1', 'n2', {lost: 3}), pair('n1', 'n3', {lost: 1})))
  ledger.forget('n2')
  now.at = 4_000
  ledger.add(look(pair('n2', 'n1', {lost: 7})))
  expect([ledger.counted(), ledger.total().lost]).toEqual([1, 11])
  now.at = 6_000
  ledger.add(look(pair('n2', 'n1', {lost: 2})))
  expect(ledger.counted()).toBe(3)
})
