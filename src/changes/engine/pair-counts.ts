import type {PairCount} from '../../model/change-event.ts'
import {medianOf} from '../../diagnostics/probes/median.ts'

/** What was counted of each pair and form in a step. */
export interface PairCounts {
  add(pairs: readonly PairCount[]): void
  roundTrip(pair: Pick<PairCount, 'from' | 'to' | 'form'>): PairCount['roundTrip']
  /** Those that lost most first, then the slowest. */
  all(): readonly PairCount[]
}

/** A step may be watched for hours: more medians say little more. */
const mostMedians = 256

interface Row extends Pick<PairCount, 'from' | 'to' | 'form' | 'sent' | 'lost' | 'longestGap'> {
  readonly medians: readonly number[]
  readonly p99: number
}

export function openPairCounts(): PairCounts {
  const rows = new Map<string, Row>()
  return {
    add: (pairs) => {
      for (const pair of pairs) rows.set(keyOf(pair), added(rows.get(keyOf(pair)), pair))
    },
    roundTrip: (pair) => roundTripOf(rows.get(keyOf(pair))),
    all: () =>
      [...rows.values()]
        .toSorted((a, b) => b.lost - a.lost || b.p99 - a.p99)
        .map((row) => {
          const {medians: _medians, p99: _p99, ...count} = row
          const roundTrip = roundTripOf(row)
          return {...count, ...(roundTrip !== undefined && {roundTrip})}
        }),
  }
}

function added(
  {sent, lost, longestGap, medians, p99}: Omit<Row, 'from' | 'to' | 'form'> = none,
  {from, to, form, roundTrip, ...more}: PairCount,
): Row {
  const known = roundTrip === undefined || medians.length >= mostMedians ? [] : [roundTrip.median]
  return {
    from,
    to,
    form,
    sent: sent + more.sent,
    lost: lost + more.lost,
    longestGap: Math.max(longestGap, more.longestGap),
    medians: [...medians, ...known],
    p99: Math.max(p99, roundTrip?.p99 ?? 0),
  }
}

const none = {sent: 0, lost: 0, longestGap: 0, medians: [], p99: 0}

function roundTripOf(row: Row | undefined): PairCount['roundTrip'] {
  const median = medianOf(row?.medians ?? [])
  return row === undefined || median === undefined ? undefined : {median, p99: row.p99}
}

function keyOf({from, to, form}: Pick<PairCount, 'from' | 'to' | 'form'>): string {
  return `${from} ${to} ${form}`
}
