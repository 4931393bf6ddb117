import {expect, test} from 'vitest'
import {trafficModes} from '../src/model/traffic-mode.ts'
import {faultsOf, lostIn} from './long/load.ts'
import {untilJudged} from './long/judge.ts'
import {circuitFrom, everyChange, nameOf} from './long/mode-changes.ts'
import {probeFaults} from './long/probes.ts'
import {growth, parseSocketDrops} from './long/overflows.ts'
import {goSlower, paced} from './long/pace.ts'
import type {Sent} from './long/sender.ts'
import {besideUpstream} from './long/upstream.ts'

const whole: Sent = {
  sent: 1000,
  received: 1000,
  lost: 0,
  duplicates: 0,
  longestGapMs: 12,
  latestMs: 3,
  rttMsMax: 5,
  resets: 0,
  reconnects: 0,
  stalls: 0,
  wrong: 0,
  failures: {},
  losses: [],
}

function loadOf(sent: Partial<Sent>, rate = 1000) {
  return {
    outcomes: [{stream: 'UDP', from: 'a', rate, sent: {...whole, ...sent}}],
    pressure: undefined,
    overflows: {},
  } as const
}

test('the circuit has every ordered pair of modes once, wherever it begins, and each change begins where the last ended', () => {
  const modes = Object.keys(trafficModes)
  const pairs = modes.flatMap((from) => modes.filter((to) => to !== from).map((to) => `${from} -> ${to}`))
  for (const start of everyChange.keys()) {
    const changes = circuitFrom(start)
    expect(changes.map(nameOf).toSorted()).toEqual(pairs.toSorted())
    expect(changes.map(({from}) => from)).toEqual([changes.at(-1)?.to, ...changes.slice(0, -1).map(({to}) => to)])
  }
})

test('a stream without a fault has none', () => {
  expect(faultsOf(loadOf({}))).toEqual([])
})

test.each<[Partial<Sent>, RegExp]>([
  [{lost: 2, losses: [[1200, 2]]}, /2 of 1000 lost: 2 at 1\.20 s/u],
  [{received: 0}, /nothing came back/u],
  [{duplicates: 1}, /1 duplicates/u],
  [{resets: 1}, /1 resets/u],
  [{reconnects: 3}, /3 reconnects/u],
  [{stalls: 1}, /1 stalls/u],
  [{wrong: 1}, /1 wrong/u],
  [{failures: {timeout: 4, 'too long': 1}}, /4 timeout/u],
  [{longestGapMs: 1001}, /silent for 1001 ms/u],
])('%j is a fault', (sent, sentence) => {
  expect(faultsOf(loadOf(sent)).join('\n')).toMatch(sentence)
})

test('a sender that the machine held up is not silent by the fault of the path', () => {
  expect(faultsOf(loadOf({longestGapMs: 1500, latestMs: 1400}))).toEqual([])
})

test('a stream as fast as it goes is always late: its silence counts all the same', () => {
  expect(faultsOf(loadOf({longestGapMs: 2001, latestMs: 9000}, 1_000_000))).toEqual(['UDP from a: silent for 2001 ms'])
  expect(faultsOf(loadOf({longestGapMs: 1999, latestMs: 9000}, 1_000_000))).toEqual([])
})

test.each([
  [[0, 1000], 3],
  [[1000, 2000], 4],
  [[2000, Number.POSITIVE_INFINITY], 0],
] as const)('losses count in the time in which they were sent: %j', ([since, until], lost) => {
  const load = loadOf(
    {
      losses: [
        [10, 3],
        [500, 4],
      ],
    },
    500,
  )
  expect(lostIn(load, 'UDP', [since, until])).toBe(lost)
  expect(lostIn(load, 'TCP', [since, until])).toBe(0)
})

test.each([
  [{probed: [], unwatched: 0}, 1],
  [{probed: [{from: 'n1', to: 'n2', sent: 9, lost: 0}], unwatched: 0}, 1],
  [{probed: ['n1', 'n2'].map((from) => ({from, to: 'n3', sent: 9, lost: 0})), unwatched: 0}, 0],
  [{probed: ['n1', 'n2'].map((from) => ({from, to: 'n3', sent: 9, lost: 1})), unwatched: 0}, 2],
  [{probed: ['n1', 'n2'].map((from) => ({from, to: 'n3', sent: 9, lost: 0})), unwatched: 5}, 1],
])('probes that lost, that are missing or that ended early cannot agree: %j', (watched, faults) => {
  expect(probeFaults({result: undefined, ...watched})).toHaveLength(faults)
})

test('the table beside upstream has two lines for each of its changes, and says what a run left out', () => {
  const table = besideUpstream([{from: 'encap', to: 'hybrid', kind: 'same-subnet', whole: 1234, lost: 7}]).split('\n')
  expect(table).toHaveLength(9)
  expect(table[2]).toMatch(/ours +1\.2 s +not in this run +7 +not in this run/u)
  expect(table[4]).toMatch(/ours +not in this run/u)
})

test('what full sockets of Open vSwitch dropped is read by device, and only what is new counts', () => {
  const text = [
    'p_raw 0 0 *:eth1 * skmem:(r0,rb212992,t0,tb212992,f0,w0,o176,bl0,d964) ',
    'p_raw 0 0 [0]:* * skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d7)     ',
    'p_raw 0 0 *:a-3ff7da * skmem:(r0,rb212992,t0,tb212992,f0,w0,o176,bl0,d0)',
  ].join('\n')
  expect(parseSocketDrops(text)).toEqual([
    ['eth1', 964],
    ['a-3ff7da', 0],
  ])
  expect(growth({'n1 eth1': 960, 'n1 old': 3}, {'n1 eth1': 964, 'n1 new': 2, 'n1 a': 0})).toEqual({
    'n1 eth1': 4,
    'n1 new': 2,
  })
})

test.each([
  ['whole at once', [0], true, false, 0, 1],
  ['a loss that does not come again', [3, 0], true, false, 0, 2],
  ['a loss that comes again while the control is whole', [3, 5, 0], true, false, 5, 2],
  ['losses while the control loses, too', [3, 5, 6, 7, 0], false, false, 7, 4],
  ['losses of which the machine tells', [3, 5, 6, 0], true, true, 0, 4],
  ['runs that judge nothing do not count', [Number.NaN, Number.NaN, Number.NaN, 0], true, false, 0, 4],
] as const)('judged by runs and controls: %s', async (_, losses, isControlWhole, isByMachine, expected, runs) => {
  let run = 0
  const result = await untilJudged('a run', async () => losses[run++] ?? 0, {
    isWhole: (lost) => lost === 0,
    describe: String,
    byMachine: () => isByMachine,
    isVoid: Number.isNaN,
    control: async () => isControlWhole,
  })
  expect([result, run]).toEqual([expected, runs])
})

test('who cannot keep the full rate goes slower, and never stops', () => {
  const rates = Array.from({length: 4}, () => {
    goSlower()
    return paced(1000)
  })
  expect(rates.every((rate) => rate > 0 && rate <= 250)).toBe(true)
  expect(rates).toEqual(rates.toSorted((a, b) => b - a))
  expect(paced(1)).toBe(1)
  expect(paced(16)).toBe(4)
})
