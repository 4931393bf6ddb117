import type {Finding, HealthReport} from '../diagnostics/health/report.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import type {Theme} from './theme.ts'
import type {View} from './view.ts'

/** One page: what is there in a few lines, then what is to be looked at, the worst first, each with its next command. */
export function statusLines(report: HealthReport, view: View): string[] {
  return [
    ...factLines(report, view),
    '',
    ...report.findings.flatMap((finding) => findingLines(finding, view)),
    ...(report.findings.length > 0 ? [''] : []),
    verdictLine(report, view),
  ]
}

export function verdictLine({healthy}: HealthReport, {theme}: View): string {
  return healthy ? theme.good('All is well.') : theme.bad('Not all is well.')
}

export function factLines(report: HealthReport, {theme, width}: View): string[] {
  const facts: Readonly<Record<string, string>> = {
    Agents: agentWords(report),
    Mode: modeWords(report),
    Versions: `agents ${listed(report.versions.agents)}, Open vSwitch ${listed(report.versions.openVSwitch)}`,
    Drift: driftWords(report),
  }
  const widest = Math.max(...Object.keys(facts).map((name) => name.length))
  return Object.entries(facts).flatMap(([name, words]) =>
    fold(`${name.padEnd(widest)}  ${printable(words)}`, width).map((line, at) =>
      at === 0 ? theme.key(line.slice(0, widest)) + line.slice(widest) : line,
    ),
  )
}

const signs = {bad: '✗', warn: '!', info: '·'} as const

export function findingLines({severity, area, sentence, next}: Finding, {theme, width}: View): readonly string[] {
  const paint = {bad: theme.bad, warn: theme.warn, info: theme.faint}[severity]
  return [
    ...fold(`${signs[severity]} ${area}: ${printable(sentence)}`, width).map(paint),
    ...(next === undefined ? [] : fold(`    ${printable(next)}`, width).map(faintOf(theme))),
  ]
}

function faintOf(theme: Theme): (line: string) => string {
  return theme.faint
}

function agentWords({agents: {total, healthy, answering}, nodes}: HealthReport): string {
  const where = nodes === undefined ? '' : ` on ${nodes} Nodes`
  const answers = answering === total ? 'all answer' : `${answering} answer`
  return `${total}${where}: ${healthy} healthy, ${answers}`
}

function modeWords({modes}: HealthReport): string {
  const entries = Object.entries(modes)
  const [first] = entries
  if (first === undefined) return 'none'
  return entries.length === 1
    ? `${first[0]} everywhere`
    : entries.map(([mode, nodes]) => `${mode} on ${nodes.length}`).join(', ')
}

function driftWords({deviations}: HealthReport): string {
  if (deviations === undefined) return "not told by upstream's agents"
  if (deviations === 0) return 'none'
  return deviations === 1 ? 'one thing is not as it must be' : `${deviations} things are not as they must be`
}

function listed(texts: readonly string[]): string {
  return texts.join(', ') || 'unknown'
}
