import type {AgentInfo} from '../../model/agent-info.ts'
import {agentColumns} from '../agent-table.ts'
import {changeWords} from '../change-view.ts'
import {fold} from '../fold.ts'
import {printable} from '../printable.ts'
import {factLines, findingLines, verdictLine} from '../status-view.ts'
import {tableLines} from '../table.ts'
import type {ChangeSeen, Health} from './facts.ts'
import type {Trouble} from './feed.ts'
import type {Body, Room} from './layout.ts'
import type {OverviewPlace} from './place.ts'
import {probeLines} from './probe-lines.ts'
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
    ...probeLines(probe?.value, now, room),
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

function agentLines(infos: readonly AgentInfo[], now: number, {theme, width}: Room): readonly string[] {
  const shown = infos.slice(0, shownAgents)
  const rest = infos.length - shown.length
  return [
    ...tableLines(agentColumns(new Date(now)), shown, {theme, width}),
    ...(rest > 0 ? [theme.faint(`and ${rest} Nodes more`)] : []),
  ]
}
