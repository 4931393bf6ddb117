import {medianOf} from './median.ts'
import type {WindowOfPairs} from './steady-ledger.ts'

/** Windows that are looked at together: where one ends depends on how soon the agents answer. */
const together = 5
/** Milliseconds of them: of less nothing can be said. */
const longEnough = 2_000
/** So much less or more is another resolution, and no chance. */
const tolerance = 1.25

type Sent = Pick<WindowOfPairs, 'milliseconds' | 'pairs'>

/**
 * Milliseconds between two packets of a pair, as they are sent: agents that have other sessions as well send less in each
 * than was `planned`.
 */
export function openResolution(planned: number): (window: Sent) => number {
  let recent: readonly {readonly milliseconds: number; readonly sent: number}[] = []
  let said = planned
  return ({milliseconds, pairs}) => {
    const sent = medianOf(pairs.map((pair) => pair.sent)) ?? 0
    recent = [...recent.slice(1 - together), {milliseconds, sent}]
    const passed = recent.reduce((sum, window) => sum + window.milliseconds, 0)
    const packets = recent.reduce((sum, window) => sum + window.sent, 0)
    if (passed < longEnough || packets === 0) return said
    const seen = Math.max(planned, passed / packets)
    if (seen > said * tolerance || seen < said / tolerance)
      said = seen > planned * tolerance ? Math.round(seen) : planned
    return said
  }
}
