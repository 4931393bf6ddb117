import type {SteadyProbe, SteadyWindow} from '../diagnostics/probes/steady.ts'
import type {ProbeWindow} from '../diagnostics/probes/steady-ledger.ts'
import {printable} from './printable.ts'
import {fit} from './width.ts'
import type {View} from './view.ts'

/** Pairs and Nodes that one line names. */
const named = 3

/** What the lines below it speak of. */
export function steadyHeading(
  {pairs, allPairs}: Pick<SteadyProbe, 'pairs' | 'allPairs'>,
  {resolution}: Pick<SteadyWindow, 'resolution'>,
  {theme}: View,
): string {
  const sample = pairs.length < allPairs ? `${pairs.length} of ${allPairs} pairs` : `all ${allPairs} pairs`
  return theme.faint(`${sample}; losses shorter than ${Math.ceil(resolution)} ms are not seen`)
}

/** Sent, lost and what is known of it: the most important first, for a narrow terminal cuts the rest. */
export function windowLine(window: ProbeWindow, {theme, width}: View): string {
  const {sent, lost, longestGap, roundTrip, worst, silent} = window
  const loss = lost === 0 ? theme.good('lost 0') : theme.bad(`lost ${lost}, for ${longestGap.toFixed(0)} ms at most`)
  const parts = [
    `${silent.length === 0 && lost === 0 ? theme.good('✓') : theme.bad('✗')} sent ${sent}, ${loss}`,
    ...(roundTrip === undefined
      ? []
      : [theme.faint(`round trip ${roundTrip.median.toFixed(2)} ms, p99 ${roundTrip.p99.toFixed(2)} ms`)]),
    ...worst.slice(0, named).map((pair) => theme.bad(printable(`${pair.from} → ${pair.to} ${pair.lost}`))),
    ...(worst.length > named ? [theme.bad('…')] : []),
    ...silent.slice(0, named).map(({node, reason}) => theme.warn(printable(`${node}: ${reason}`))),
    ...(silent.length > named ? [theme.warn(`and ${silent.length - named} Nodes more`)] : []),
  ]
  return fit(parts.join('; '), width)
}
