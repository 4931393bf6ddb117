import type {Loss, PairLoss} from '../../model/change-event.ts'
import type {Clock, ProbeLook} from './cluster.ts'

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
}

/** Milliseconds after a Node has come back, in which losses with it may still be those of its absence. */
const grace = 5_000

export function openLedger(clock: Pick<Clock, 'now'>): LossLedger {
  const rows = new Map<string, PairLoss>()
  const forgotten = new Map<string, number>()
  let unnamed = 0
  let total: Loss = {sent: 0, lost: 0, longestGap: 0}
  let marked = total
  const isForgotten = (node: string) => (forgotten.get(node) ?? Number.NEGATIVE_INFINITY) > clock.now() - grace
  return {
    add: (look) => {
      total = sum(total, look)
      marked = sum(marked, look)
      unnamed += Math.max(0, look.lost - look.worst.reduce((lost, row) => lost + row.lost, 0))
      for (const row of look.worst) {
        if (isForgotten(row.from) || isForgotten(row.to)) continue
        const key = `${row.from} ${row.to} ${row.form}`
        const before = rows.get(key)
        const lost = row.lost + (before?.lost ?? 0)
        const longestGap = Math.max(row.longestGap, before?.longestGap ?? 0)
        rows.set(key, {...row, lost, longestGap})
      }
    },
    forget: (node) => {
      forgotten.set(node, clock.now())
      for (const [key, {from, to}] of rows) if (from === node || to === node) rows.delete(key)
    },
    counted: () => unnamed + [...rows.values()].reduce((lost, row) => lost + row.lost, 0),
    worst: () => [...rows.values()].filter(({lost}) => lost > 0).sort((a, b) => b.lost - a.lost),
    total: () => total,
    mark: () => {
      marked = {sent: 0, lost: 0, longestGap: 0}
    },
    sinceMark: () => marked,
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
