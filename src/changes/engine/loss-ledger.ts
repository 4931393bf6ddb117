import type {Loss, PairCount, PairLoss} from '../../model/change-event.ts'
import type {Clock, ProbeLook} from './cluster.ts'
import {openPairCounts} from './pair-counts.ts'

/** What the steady probe saw, and what of it counts. */
export interface LossLedger {
  add(look: ProbeLook): void
  /** Losses from and to this Node do not count: it is away, or its agent was started anew. */
  forget(node: string): void
  /** Packets that count as lost by this change. */
  counted(): number
  /** Pairs that count, the worst first. */
  worst(): readonly PairLoss[]
  /** All that was seen, since the beginning or since the last mark. */
  total(): Loss
  mark(): void
  sinceMark(): Loss
  /** Each pair since the last mark, those that lost most first, then the slowest. */
  pairsSinceMark(): readonly PairCount[]
}

/** Milliseconds after a Node has come back, in which losses with it may still be those of its absence. */
const grace = 5_000

export function openLedger(clock: Pick<Clock, 'now'>): LossLedger {
  const rows = new Map<string, PairLoss>()
  const forgotten = new Map<string, number>()
  let total: Loss = {sent: 0, lost: 0, longestGap: 0}
  let marked = total
  let counts = openPairCounts()
  const isForgotten = (node: string) => (forgotten.get(node) ?? Number.NEGATIVE_INFINITY) > clock.now() - grace
  const lose = ({from, to, form, ...row}: PairCount) => {
    if (isForgotten(from) || isForgotten(to)) return
    const key = `${from} ${to} ${form}`
    const before = rows.get(key)
    const lost = row.lost + (before?.lost ?? 0)
    rows.set(key, {from, to, form, lost, longestGap: Math.max(row.longestGap, before?.longestGap ?? 0)})
  }
  return {
    add: (look) => {
      total = sum(total, look)
      marked = sum(marked, look)
      counts.add(look.pairs)
      look.pairs.filter(({lost}) => lost > 0).forEach(lose)
    },
    forget: (node) => {
      forgotten.set(node, clock.now())
      for (const [key, {from, to}] of rows) if (from === node || to === node) rows.delete(key)
    },
    counted: () => [...rows.values()].reduce((lost, row) => lost + row.lost, 0),
    worst: () =>
      [...rows.values()]
        .toSorted((a, b) => b.lost - a.lost)
        .map((row) => {
          const roundTrip = counts.roundTrip(row)
          return {...row, ...(roundTrip !== undefined && {roundTrip})}
        }),
    total: () => total,
    mark: () => {
      marked = {sent: 0, lost: 0, longestGap: 0}
      counts = openPairCounts()
    },
    sinceMark: () => marked,
    pairsSinceMark: () => counts.all(),
  }
}

/** Of two medians nothing can be said: the later one stands, the greatest 99th of a hundred as well. */
function sum(before: Loss, {sent, lost, longestGap, roundTrip}: ProbeLook): Loss {
  const round = roundTrip ?? before.roundTrip
  return {
    sent: before.sent + sent,
    lost: before.lost + lost,
    longestGap: Math.max(before.longestGap, longestGap),
    ...(round !== undefined && {
      roundTrip: {median: round.median, p99: Math.max(round.p99, before.roundTrip?.p99 ?? 0)},
    }),
  }
}
