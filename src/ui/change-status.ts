import type {Change} from '../model/change.ts'
import type {ChangeStatus} from '../changes/engine/status.ts'
import {changeWords, lossWords} from './change-view.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

type Known = NonNullable<ChangeStatus['change']>
type Ran = Known['steps'][number]

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
    theme.heading(
      `${changeWords(change.plan)} (change ${printable(change.id)}, begun ${printable(change.began)} by ${printable(change.by)})`,
    ),
    ...tableLines(stepColumns, change.steps.slice(-shownSteps), view),
    ...nodeLines(change, view),
    ...fold(printable(sentence), view.width).map(isGood ? theme.good : theme.warn),
    ...nextLines(change, view),
    ...beside,
  ]
}

const stepColumns: readonly Column<Ran>[] = [
  {title: 'STEP', value: ({name, direction}) => (direction === 'back' ? `${name}, back` : name)},
  {title: 'TOOK', value: ({milliseconds}) => `${(milliseconds / 1_000).toFixed(1)} s`, align: 'right'},
  {title: 'PROBE', value: ({loss}) => (loss === undefined || loss.sent === 0 ? undefined : lossWords(loss))},
]

/** Those that are not proven, each with its reason. */
function nodeLines({nodes, direction}: Known, {theme, width}: View): string[] {
  const rows = Object.entries(nodes).filter(([, row]) => row.state !== 'verified' || row.direction !== direction)
  const shown = rows
    .slice(0, shownNodes)
    .flatMap(([node, {state, why}]) =>
      fold(printable(`! ${node} ${state}${why === undefined ? '' : `: ${why}`}`), width),
    )
  return [
    ...shown.map(theme.warn),
    ...(rows.length > shownNodes ? [theme.faint(`and ${rows.length - shownNodes} more`)] : []),
  ]
}

function nextLines({state, why, driver}: Known, {theme, width}: View): string[] {
  const reason = why === undefined || why.code === 'ASKED' ? [] : fold(printable(`Why: ${why.sentence}`), width)
  switch (state) {
    case 'running':
      return driver === undefined
        ? [...reason, 'Nobody carries it out: antctl set-mode --resume goes on, antctl set-mode --undo goes back.']
        : [theme.faint(`Carried out by ${printable(driver.holder)}, heard of last at ${printable(driver.renewed)}.`)]
    case 'stopped':
      return [...reason, 'antctl set-mode --resume goes on, antctl set-mode --undo goes back.']
    case 'done':
      return [theme.faint('antctl set-mode --undo brings the configuration before back.')]
    case 'undone':
      return reason
  }
}

/** What an undo would do, before it is asked for. */
export function undoLines({plan, id, began, by}: Change, {theme, width}: View): string[] {
  const nodes = plan.phases.reduce((sum, phase) => sum + phase.nodes.length, 0)
  const what =
    plan.scope === 'cluster'
      ? 'ConfigMap kube-system/antrea-config and the AntreaNodeConfigs become what they were, byte for byte'
      : 'the AntreaNodeConfigs become what they were'
  return [
    theme.heading(`Undo ${changeWords(plan)} (change ${printable(id)}, begun ${printable(began)} by ${printable(by)})`),
    ...fold(`${nodes} ${nodes === 1 ? 'Node goes' : 'Nodes go'} back, the last batch first; ${what}.`, width),
  ]
}
