import {lossWords} from '../change-view.ts'
import {fold} from '../fold.ts'
import {printable} from '../printable.ts'
import type {ProbeSeen} from './facts.ts'
import {ageWords} from './feed.ts'
import type {Room} from './layout.ts'
import {sparkline} from './sparkline.ts'

type Probed = Exclude<ProbeSeen, {readonly by: 'nobody'}>

/** Loss and round trips as they were told of, the newest on the right; who has them measured, and how old they are. */
export function probeLines(probe: ProbeSeen | undefined, now: number, room: Room): readonly string[] {
  if (probe === undefined) return ['', room.theme.faint('Loss and round trips are being asked for.')]
  if (probe.by === 'nobody') return ['', ...nobodyLines(probe, room)]
  const {theme, width} = room
  const last = probe.windows.at(-1)
  const heading = fold(`Probes  ${sourceWords(probe, now)}`, width).map((line, at) =>
    at === 0 ? theme.heading('Probes') + theme.faint(line.slice(6)) : theme.faint(line),
  )
  if (last === undefined) return ['', ...heading]
  const bars = Math.max(8, Math.min(60, width - 24))
  const lost = probe.windows.map((window) => window.lost)
  const sum = lost.reduce((all, count) => all + count, 0)
  const roundTrips = probe.windows.map(({roundTrip}) => roundTrip?.median)
  const median = last.roundTrip === undefined ? '' : `  ${last.roundTrip.median.toFixed(2)} ms`
  return [
    '',
    ...heading,
    `  loss        ${(sum > 0 ? theme.bad : theme.good)(sparkline(lost, bars))}  ${last.lost} now, ${sum} in all`,
    `  round trip  ${theme.key(sparkline(roundTrips, bars))}${median}`,
    ...fold(`  ${lossWords(last)}`, width).map(last.lost > 0 ? theme.warn : theme.faint),
    ...last.silent
      .slice(0, 3)
      .flatMap(({node, reason}) => fold(`  ! ${printable(`${node}: ${reason}`)}`, width).map(theme.warn)),
  ]
}

function sourceWords({by, pairs, allPairs, packetsPerSecond, at}: Probed, now: number): string {
  const which = pairs < allPairs ? `${pairs} of ${allPairs} pairs` : `${pairs} pairs`
  const whose = by === 'us' ? "this dashboard's own" : 'run by somebody else, or by a change'
  const when = at === undefined ? 'nothing told yet' : ageWords(at, now)
  return `${whose}: ${which}, ${packetsPerSecond} packets a second each, ${when}`
}

function nobodyLines({why}: Extract<ProbeSeen, {readonly by: 'nobody'}>, {theme, width}: Room): readonly string[] {
  const {sentence, remedy} = why ?? {sentence: 'nobody asked for any', remedy: undefined}
  const command = remedy ?? 'antctl check probes --steady shows loss and round trips here'
  return [
    ...fold(`No probes run: ${printable(sentence)}`, width).map(theme.faint),
    ...fold(`    ${printable(command)}`, width).map(theme.faint),
  ]
}
