import type {PairLoss} from '../model/change-event.ts'
import {inMs, lostPaint} from './loss-words.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

const columns: readonly Column<PairLoss>[] = [
  {title: 'PAIR', value: ({from, to}) => `${from} to ${to}`},
  {title: 'LOST', value: ({lost}) => lost, paint: ({lost}, theme) => lostPaint(lost, theme), align: 'right'},
  {title: 'GAP', value: ({lost, longestGap}) => (lost > 0 ? inMs(longestGap, 0) : undefined), align: 'right'},
  {title: 'RTT', value: ({roundTrip}) => inMs(roundTrip?.median), align: 'right'},
  {title: 'P99', value: ({roundTrip}) => inMs(roundTrip?.p99), align: 'right'},
]

/** Those that lost, then the slowest of the step under way. */
export function pairLossLines(pairs: readonly PairLoss[], view: View): string[] {
  return pairs.length === 0 ? [] : tableLines(columns, pairs, view)
}
