import {agentColumns} from '../agent-table.ts'
import {changeWords} from '../change-view.ts'
import {fold} from '../fold.ts'
import {printable} from '../printable.ts'
import {factLines, findingLines, verdictLine} from '../status-view.ts'
import {tableLines} from '../table.ts'
import type {ChangeSeen, Health, LateNode} from './facts.ts'
import {ageWords, type Trouble} from './feed.ts'
import type {Body, Room} from './layout.ts'
import type {OverviewPlace} from './place.ts'
import {probeLines} from './probe-lines.ts'
import type {State} from './state.ts'

/** Agents that are shown before those that are well are counted only. */
const shownAgents = 60
/** The worst; who has more to mend begins with these. */
const shownFindings = 20
const shownLate = 3

/** How things are in one sentence, then what is wrong and what mends it, who is there, and what the probes say. */
export function overviewBody({facts, now}: State, {top}: OverviewPlace, room: Room): Body {
  const {health, probe, change} = facts
  const lines = [
    ...(health?.value === undefined ? waitingLines(health?.trouble, room) : healthLines(health.value, now, room)),
    ...changeLines(change?.value, room),
    ...probeLines(probe?.value, now, room),
    ...(health?.value === undefined ? [] : ['', ...agentLines(health.value, now, room)]),
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

function healthLines({report, late}: Health, now: number, room: Room): readonly string[] {
  const findings = report.findings.slice(0, shownFindings).flatMap((finding) => findingLines(finding, room))
  const rest = report.findings.length - shownFindings
  const more = rest > 0 ? [room.theme.warn(`and ${rest} more: antctl status`)] : []
  // Who has failed is among the findings.
  const waited = late.filter(({failure}) => failure === undefined)
  const verdict =
    report.healthy && waited.length > 0 ? room.theme.warn(waitingWords(waited)) : verdictLine(report, room)
  const waits = waited
    .slice(0, shownLate)
    .flatMap((node) => fold(lateWords(node, now), room.width).map(room.theme.warn))
  return [verdict, ...waits, ...findings, ...more, '', ...factLines(report, room)]
}

function waitingWords(late: readonly LateNode[]): string {
  return `As far as is known all is well; ${late.length} ${late.length === 1 ? 'Node is' : 'Nodes are'} waited for.`
}

/** Why the row of a Node is marked as stale. */
function lateWords({node, since, answered, limit}: LateNode, now: number): string {
  const seconds = Math.max(0, Math.round((now - since) / 1_000))
  const last = answered === undefined ? 'it has not answered yet' : `what is known of it is ${ageWords(answered, now)}`
  return printable(`~ STALE: ${node}: no answer for ${seconds} s (a question is given ${limit / 1_000} s); ${last}`)
}

/** One that is under way, or stands still half-way. */
function changeLines(seen: ChangeSeen | undefined, {theme, width}: Room): readonly string[] {
  const change = seen?.status.change
  if (change === undefined || change.state === 'done' || change.state === 'undone') return []
  const words = `Change  ${changeWords(change.plan)}: ${printable(change.standing.sentence)}`
  return fold(words, width).map((line) => (change.state === 'stopped' ? theme.warn : theme.key)(line))
}

function agentLines({infos, late}: Health, now: number, {theme, width}: Room): readonly string[] {
  const shown = infos.slice(0, shownAgents)
  const rest = infos.length - shown.length
  const stale = new Set(late.map(({node}) => node))
  const [titles = '', ...rows] = tableLines(agentColumns(new Date(now)), shown, {theme, width: Math.max(1, width - 2)})
  return [
    `  ${titles}`,
    ...rows.map((row, at) => {
      const {nodeRef, metadata} = shown[at] ?? {}
      return stale.has(nodeRef?.name ?? metadata?.name ?? '') ? `~ ${theme.faint(row)}` : `  ${row}`
    }),
    ...(rest > 0 ? [theme.faint(`and ${rest} Nodes more`)] : []),
  ]
}
