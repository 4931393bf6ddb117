import type {AgentInfo} from '../../model/agent-info.ts'
import {agentColumns} from '../agent-table.ts'
import {changeWords, lossWords} from '../change-view.ts'
import {fold} from '../fold.ts'
import {printable} from '../printable.ts'
import {factLines, findingLines, verdictLine} from '../status-view.ts'
import {tableLines} from '../table.ts'
import type {SeenProbe} from '../../diagnostics/probes/others.ts'
import type {ChangeSeen, Health} from './facts.ts'
import type {Trouble} from './feed.ts'
import type {Body, Room} from './layout.ts'
import type {OverviewPlace} from './place.ts'
import {sparkline} from './sparkline.ts'
import type {State} from './state.ts'

/** Agents that are shown before those that are well are counted only. */
const shownAgents = 60
/** The worst; who has more to mend begins with these. */
const shownFindings = 20

/** How things are in one sentence, then what is wrong and what mends it, who is there, and what the probes say. */
export function overviewBody({facts, now}: State, {top}: OverviewPlace, room: Room): Body {
  const {health, probe, change} = facts
  const lines = [
    ...(health?.value === undefined ? waitingLines(health?.trouble, room) : healthLines(health.value, room)),
    ...changeLines(change?.value, room),
    ...probeLines(probe?.value, room),
    ...(health?.value === undefined ? [] : ['', ...agentLines(health.value.infos, now, room)]),
  ]
  return {lines, top}
}

function waitingLines(trouble: Trouble | undefined, {theme, width}: Room): readonly string[] {
  if (trouble === undefined) return [theme.faint('Nothing is known yet.')]
  const {sentence, remedy} = trouble
  return [
    ...fold(`Nothing is known yet: ${printable(sentence)}`, width).map(theme.bad),
    ...(remedy === undefined ? [] : ['Try this:', ...fold(`  ${printable(remedy)}`, width).map(theme.key)]),
  ]
}

function healthLines({report}: Health, room: Room): readonly string[] {
  const findings = report.findings.slice(0, shownFindings).flatMap((finding) => findingLines(finding, room))
  const rest = report.findings.length - shownFindings
  const more = rest > 0 ? [room.theme.warn(`and ${rest} more: antctl status`)] : []
  return [verdictLine(report, room), ...findings, ...more, '', ...factLines(report, room)]
}

/** One that is under way, or stands still half-way. */
function changeLines(seen: ChangeSeen | undefined, {theme, width}: Room): readonly string[] {
  const change = seen?.status.change
  if (change === undefined || change.state === 'done' || change.state === 'undone') return []
  const words = `Change  ${changeWords(change.plan)}: ${printable(change.standing.sentence)}`
  return fold(words, width).map((line) => (change.state === 'stopped' ? theme.warn : theme.key)(line))
}

function probeLines(probe: SeenProbe | undefined, {theme, width}: Room): readonly string[] {
  const last = probe?.windows.at(-1)
  if (probe === undefined || last === undefined)
    return [
      '',
      ...fold('No probes run: antctl check probes --steady shows loss and round trips here.', width).map(theme.faint),
    ]
  const bars = Math.max(8, Math.min(60, width - 20))
  const lost = probe.windows.map((window) => window.lost)
  const roundTrips = probe.windows.map(({roundTrip}) => roundTrip?.median)
  const paintLoss = lost.some((count) => count > 0) ? theme.bad : theme.good
  const median = last.roundTrip === undefined ? '' : `  ${last.roundTrip.median.toFixed(2)} ms`
  return [
    '',
    theme.heading('Probes') + theme.faint(` of ${probe.pairs} pairs, while they run`),
    `  loss        ${paintLoss(sparkline(lost, bars))}  ${last.lost}`,
    `  round trip  ${theme.key(sparkline(roundTrips, bars))}${median}`,
    ...fold(`  ${lossWords(last)}`, width).map(last.lost > 0 ? theme.warn : theme.faint),
    ...last.silent
      .slice(0, 3)
      .flatMap(({node, reason}) => fold(`  ! ${printable(`${node}: ${reason}`)}`, width).map(theme.warn)),
  ]
}

function agentLines(infos: readonly AgentInfo[], now: number, {theme, width}: Room): readonly string[] {
  const shown = infos.slice(0, shownAgents)
  const rest = infos.length - shown.length
  return [
    ...tableLines(agentColumns(new Date(now)), shown, {theme, width}),
    ...(rest > 0 ? [theme.faint(`and ${rest} Nodes more`)] : []),
  ]
}
