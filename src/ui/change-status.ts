import type {Change} from '../model/change.ts'
import type {ChangeStatus} from '../changes/engine/status.ts'
import {changeWords} from './change-view.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {stepLines} from './step-table.ts'
import type {View} from './view.ts'

type Known = NonNullable<ChangeStatus['change']>

const shownNodes = 10
const shownSteps = 30

/** Where the last change stands, or how it ended. */
export function statusLines({change, restarter}: ChangeStatus, view: View): string[] {
  const {theme} = view
  const beside =
    restarter === undefined
      ? []
      : [theme.faint(`${printable(restarter.holder)} is at it, heard of last at ${printable(restarter.renewed)}.`)]
  if (change === undefined) return ['No change of the mode was ever begun here.', ...beside]
  const isGood = change.state === 'done' || change.state === 'undone'
  const sentence = `${change.standing.sentence.charAt(0).toUpperCase()}${change.standing.sentence.slice(1)}.`
  return [
    ...fold(`${changeWords(change.plan)} ${whose(change)}`, view.width).map(theme.heading),
    ...stepLines(change.steps.slice(-shownSteps), view),
    ...nodeLines(change, view),
    ...fold(printable(sentence), view.width).map(isGood ? theme.good : theme.warn),
    ...nextLines(change, view),
    ...beside,
  ]
}

const turnWords = {back: 'go back', forward: 'go forward again'} as const

/** Those that are not proven, each with its reason. */
function nodeLines({nodes, direction}: Known, {theme, width}: View): string[] {
  const rows = Object.entries(nodes).filter(([, row]) => row.state !== 'verified' || row.direction !== direction)
  const shown = rows.slice(0, shownNodes).flatMap(([node, row]) => {
    const words = row.direction === direction ? row.state : `has not been told to ${turnWords[direction]} yet`
    const why = row.direction === direction ? row.why : undefined
    return fold(printable(`! ${node} ${words}${why === undefined ? '' : `: ${why}`}`), width)
  })
  return [
    ...shown.map(theme.warn),
    ...(rows.length > shownNodes ? [theme.faint(`and ${rows.length - shownNodes} more`)] : []),
  ]
}

function nextLines({state, why, driver, ways}: Known, {theme, width}: View): string[] {
  const reason = why === undefined || why.code === 'ASKED' ? [] : fold(printable(`Why: ${why.sentence}`), width)
  const next = ways.flatMap((way) => fold(printable(way), width))
  switch (state) {
    case 'running':
      return driver === undefined
        ? [...reason, 'Nobody carries it out:', ...next]
        : [theme.faint(`Carried out by ${printable(driver.holder)}, heard of last at ${printable(driver.renewed)}.`)]
    case 'stopped':
      return [...reason, ...next]
    case 'done':
      return [theme.faint('antctl set-mode --undo brings the configuration before back.')]
    case 'undone':
      // What hindered it meanwhile is over.
      return why?.code === 'CHANGE_ROLLED_BACK' ? reason : []
  }
}

/** What an undo would do, before it is asked for. */
export function undoLines(change: Change, {theme, width}: View): string[] {
  const {plan} = change
  const nodes = plan.phases.reduce((sum, phase) => sum + phase.nodes.length, 0)
  const what =
    plan.scope === 'cluster'
      ? 'ConfigMap kube-system/antrea-config and the AntreaNodeConfigs become what they were, byte for byte'
      : 'the AntreaNodeConfigs become what they were'
  return [
    ...fold(`Undo ${changeWords(plan)} ${whose(change)}`, width).map(theme.heading),
    ...fold(`${nodes} ${nodes === 1 ? 'Node goes' : 'Nodes go'} back, the last batch first; ${what}.`, width),
  ]
}

/** What going forward again would do, before it is asked for. */
export function redoLines(change: Change, {theme, width}: View): string[] {
  return [
    ...fold(`Go forward again: ${changeWords(change.plan)} ${whose(change)}`, width).map(theme.heading),
    ...fold('All its steps once more, each with its proof; what is as it must be already is only proven.', width),
  ]
}

function whose({id, began, by}: Pick<Change, 'id' | 'began' | 'by'>): string {
  return `(change ${printable(id)}, begun ${printable(began)} by ${printable(by)})`
}
