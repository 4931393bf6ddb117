import type {Loss, PairCount} from '../model/change-event.ts'
import {inMs, lostPaint} from './loss-words.ts'
import {grouped} from './grouped.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

/** A step that ran, or runs, and what the steady probe counted in it. */
export interface ShownStep {
  readonly name: string
  readonly direction: 'forward' | 'back'
  /** Absent while it runs. */
  readonly milliseconds?: number
  readonly loss?: Loss
  /** The pair that lost most, or the slowest. */
  readonly worst?: PairCount
}

const columns: readonly Column<ShownStep>[] = [
  {title: 'STEP', value: ({name, direction}) => (direction === 'back' ? `${name}, back` : name)},
  {
    title: 'TOOK',
    value: ({milliseconds}) => (milliseconds === undefined ? 'runs' : `${(milliseconds / 1_000).toFixed(1)} s`),
    align: 'right',
  },
  {
    title: 'LOST',
    value: ofProbe(({lost, sent}) => `${lost} of ${grouped(sent)}`),
    paint: ({loss}, theme) => lostPaint(loss?.lost, theme),
    align: 'right',
  },
  {title: 'GAP', value: ofProbe(({lost, longestGap}) => (lost > 0 ? inMs(longestGap, 0) : undefined)), align: 'right'},
  {title: 'RTT', value: ofProbe(({roundTrip}) => inMs(roundTrip?.median)), align: 'right', spare: 1},
  {title: 'P99', value: ofProbe(({roundTrip}) => inMs(roundTrip?.p99)), align: 'right', spare: 2},
]

const worstColumn: Column<ShownStep> = {
  title: 'WORST PAIR',
  value: ({worst}) => worst && `${worst.from} to ${worst.to}: ${worstWords(worst)}`,
  paint: ({worst}, theme) => lostPaint(worst?.lost, theme),
  spare: 3,
}

export function stepLines(steps: readonly ShownStep[], view: View): string[] {
  if (steps.length === 0) return []
  const isPaired = steps.some(({worst}) => worst !== undefined)
  return tableLines(isPaired ? [...columns, worstColumn] : columns, steps, view)
}

/** What the steady probe counted in that step; nothing where it was not asked. */
function ofProbe(say: (loss: Loss) => string | undefined): (step: ShownStep) => string | undefined {
  return ({loss}) => (loss === undefined || loss.sent === 0 ? undefined : say(loss))
}

function worstWords({lost, roundTrip}: PairCount): string {
  if (lost > 0) return `${lost} lost`
  return roundTrip === undefined ? 'not measured' : `p99 ${inMs(roundTrip.p99) ?? ''}`
}
