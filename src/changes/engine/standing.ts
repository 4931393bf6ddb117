import type {Change, Journal} from '../../model/change.ts'
import {nodesOf, stepsOf} from './steps.ts'
import {targetWords} from './target-words.ts'

export interface Standing {
  readonly told: number
  readonly proven: number
  readonly nodes: number
  readonly step: string
  readonly sentence: string
}

/** Where a change stands, in numbers and in a sentence. */
export function standing(change: Change, journal: Journal): Standing {
  const {direction, state} = journal
  const rows = Object.values(journal.nodes)
  const all = nodesOf(change).length
  const told = rows.filter((row) => row.direction === direction).length
  const proven = rows.filter((row) => row.direction === direction && row.state === 'verified').length
  const step = stepsOf(change, direction)[journal.step]?.name ?? 'the end'
  return {told, proven, nodes: all, step, sentence: sentenceFor(change, journal, {told, proven, all, step, state})}
}

interface Counts {
  readonly told: number
  readonly proven: number
  readonly all: number
  readonly step: string
  readonly state: Journal['state']
}

function sentenceFor({plan}: Change, {direction, nodes}: Journal, {told, proven, all, step, state}: Counts): string {
  const skipped = Object.entries(nodes)
    .filter(([, row]) => row.state === 'skipped')
    .map(([node]) => node)
  const without =
    skipped.length === 0
      ? ''
      : `, but for ${skipped.slice(0, 3).join(', ')}${skipped.length > 3 ? ` and ${skipped.length - 3} more` : ''}, which follow when they are back`
  const target = targetWords(plan, direction)
  switch (state) {
    case 'done':
      return `${all === 1 ? 'the Node runs' : `all ${all} Nodes run`} ${target}${without}`
    case 'undone':
      return `the configuration is as it was before, and all Nodes run ${target}${without}`
    case 'running':
    case 'stopped':
      return `${direction === 'forward' ? 'on the way to' : 'on the way back to'} ${target}: at ${step}, ${told} of ${all} Nodes told, ${proven} proven`
  }
}
