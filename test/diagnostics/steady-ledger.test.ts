import {expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {ProbeAgent, ProbeCount} from '../../src/model/probe.ts'
import {SteadyLedger} from '../../src/diagnostics/probes/steady-ledger.ts'

const pairs = [
  {from: 'n1', to: 'n2'},
  {from: 'n2', to: 'n1'},
]
const ip = parseIp('10.244.1.9')
const addresses = {live: ip, routed: ip, tunnelled: ip}
const runs = {n1: 1, n2: 2}

/** What one Node has counted towards the other; `run` and `toRun` where they are not the usual ones. */
function account(
  from: 'n1' | 'n2',
  renewal: number,
  change: Partial<ProbeCount> & {readonly run?: number} = {},
): Readonly<Record<string, ProbeAgent>> {
  const to = from === 'n1' ? 'n2' : 'n1'
  const {run = runs[from], ...rest} = change
  const count: ProbeCount = {from, to, form: 'live', toRun: runs[to], sent: 0, lost: 0, longestGap: 0, ...rest}
  return {[from]: {state: 'running', addresses, run, renewal, counts: [count]}}
}

function ledgerAt(renewal: number, sent: number): SteadyLedger {
  const ledger = new SteadyLedger(pairs)
  ledger.fold({...account('n1', renewal, {sent}), ...account('n2', renewal, {sent})})
  ledger.window(renewal)
  return ledger
}

test('a window has what was counted since the one before, and the longest gap of all accounts between', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold(account('n1', 2, {sent: 150, lost: 3, longestGap: 30, roundTrip: {median: 0.2, p99: 1}}))
  const last = account('n1', 3, {sent: 200, lost: 5, longestGap: 10, roundTrip: {median: 0.4, p99: 0.9}})
  ledger.fold(last)
  ledger.fold(last)
  ledger.fold(account('n2', 3, {sent: 200, roundTrip: {median: 0.3, p99: 2}}))
  expect(ledger.missing(3)).toEqual([])
  expect(ledger.window(3)).toEqual({
    sent: 200,
    lost: 5,
    longestGap: 30,
    roundTrip: {median: 0.3, p99: 2},
    worst: [{from: 'n1', to: 'n2', form: 'live', lost: 5, longestGap: 30}],
    pairs: [
      {from: 'n1', to: 'n2', form: 'live', sent: 100, lost: 5, longestGap: 30, roundTrip: {median: 0.4, p99: 1}},
      {from: 'n2', to: 'n1', form: 'live', sent: 100, lost: 0, longestGap: 0, roundTrip: {median: 0.3, p99: 2}},
    ],
    silent: [],
  })
})

test('a Node that is silent: what goes to and from it waits until it speaks again, and is judged then', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold(account('n1', 2, {sent: 200, lost: 40, longestGap: 400}))
  expect(ledger.window(2)).toEqual({
    sent: 0,
    lost: 0,
    longestGap: 0,
    worst: [],
    pairs: [],
    silent: [{node: 'n2', reason: 'its agent gave no account'}],
  })
  ledger.fold({...account('n1', 3, {sent: 300, lost: 40}), ...account('n2', 3, {sent: 300})})
  expect(ledger.window(3)).toMatchObject({sent: 400, lost: 40, longestGap: 400, silent: []})
})

test('what was sent to an agent that was started anew meanwhile is nobody’s loss, and is told', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold(account('n1', 2, {sent: 200, lost: 40, longestGap: 400}))
  ledger.window(2)
  // The other has not heard of its new end yet.
  ledger.fold({...account('n1', 3, {sent: 300, lost: 60}), ...account('n2', 3, {run: 9, sent: 50})})
  expect(ledger.window(3)).toMatchObject({
    sent: 50,
    lost: 0,
    silent: [{node: 'n2', reason: 'its agent was started anew meanwhile'}],
  })
  ledger.fold({...account('n1', 4, {toRun: 9, sent: 80, lost: 1}), ...account('n2', 4, {run: 9, sent: 150})})
  expect(ledger.window(4)).toMatchObject({sent: 180, lost: 1, silent: []})
})

test('a Node that refuses says why, is not waited for, and is no silence once it takes part', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold({n2: {state: 'refused', reason: 'Open vSwitch is away'}})
  expect([ledger.hasSaidNo('n1'), ledger.hasSaidNo('n2')]).toEqual([false, true])
  ledger.fold(account('n1', 2, {sent: 200}))
  expect(ledger.window(2).silent).toEqual([{node: 'n2', reason: 'Open vSwitch is away'}])
  ledger.fold({...account('n1', 3, {sent: 300}), ...account('n2', 3, {sent: 120})})
  expect(ledger.window(3)).toMatchObject({sent: 220, silent: []})
})

test('nothing sent is not nothing lost', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold({...account('n1', 2, {sent: 100}), ...account('n2', 2, {sent: 200})})
  expect(ledger.window(2).silent).toEqual([{node: 'n1', reason: 'it has sent nothing to n2'}])
})

test('an agent speaks of its own packets only, and its totals do not fall', () => {
  const ledger = ledgerAt(1, 100)
  ledger.fold({n2: account('n1', 2, {sent: 999, lost: 999})['n1'] ?? {state: 'refused', reason: ''}})
  ledger.fold({...account('n1', 3, {sent: 200}), ...account('n2', 3, {sent: 50})})
  expect(ledger.window(3)).toMatchObject({sent: 100, lost: 0, silent: [{node: 'n2'}]})
})
