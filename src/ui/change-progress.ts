import type {ChangeEvent, Direction, NodeState} from '../model/change-event.ts'
import type {ShownStep} from './step-table.ts'

type StepEvent = Extract<ChangeEvent, {readonly event: 'step'}>
type ProbeEvent = Extract<ChangeEvent, {readonly event: 'probe'}>

export interface NodeProgress {
  readonly node: string
  readonly state: NodeState
  readonly why?: string
  readonly milliseconds?: number
  readonly ways?: Readonly<Record<string, number>>
}

/** Where a change stands, from what was told of it so far. */
export interface ChangeProgress {
  readonly began?: Extract<ChangeEvent, {readonly event: 'began'}>
  readonly direction: Direction
  readonly step?: string
  /** When the step began. */
  readonly stepAt?: string
  /** Those that are over. */
  readonly steps: readonly ShownStep[]
  /** In the order in which they were first heard of. */
  readonly nodes: ReadonlyMap<string, NodeProgress>
  readonly probe?: ProbeEvent
  readonly waits?: string
  readonly turned?: string
  readonly ended?: Extract<ChangeEvent, {readonly event: 'ended'}>
}

export const noProgress: ChangeProgress = {direction: 'forward', steps: [], nodes: new Map()}

export function withEvent(progress: ChangeProgress, event: ChangeEvent): ChangeProgress {
  // Whatever comes after it, the waiting is over.
  const {waits: _over, ...before} = progress
  switch (event.event) {
    case 'began':
      return {...before, began: event, direction: event.direction}
    case 'step':
      return event.state === 'done'
        ? {...before, steps: [...before.steps, ranStep(before, event)]}
        : {...before, step: event.step, stepAt: event.at, direction: event.direction}
    case 'node': {
      const {node, state, why, milliseconds, ways} = event
      const row = {
        node,
        state,
        ...(why !== undefined && {why}),
        ...(milliseconds !== undefined && {milliseconds}),
        ...(ways !== undefined && {ways}),
      }
      return {...before, nodes: new Map([...before.nodes, [node, row]])}
    }
    case 'pairs': {
      const [worst] = event.pairs
      const last = before.steps.at(-1)
      if (worst === undefined || last === undefined) return before
      return {...before, steps: [...before.steps.slice(0, -1), {...last, worst}]}
    }
    case 'probe':
      return {...before, probe: event}
    case 'wait':
      return {...before, waits: event.why}
    case 'turned': {
      // It was counted on the way forward.
      const {probe: _counted, ...rest} = before
      return {...rest, turned: event.why, direction: 'back'}
    }
    case 'ended':
      return {...before, ended: event}
    case 'config':
      return before
  }
}

function ranStep({stepAt}: ChangeProgress, {step, at, direction, loss}: StepEvent): ShownStep {
  const milliseconds = Date.parse(at) - Date.parse(stepAt ?? at)
  return {name: step, direction, milliseconds, ...(loss !== undefined && {loss})}
}

/** What a Node's pairs have lost, and the longest time that they heard nothing. */
export function lossOf(
  node: string,
  probe: ProbeEvent | undefined,
): {readonly lost: number; readonly gap: number} | undefined {
  if (probe === undefined || probe.silent.some((one) => one.node === node)) return undefined
  const rows = probe.worst.filter(({from, to}) => from === node || to === node)
  return {
    lost: rows.reduce((lost, row) => lost + row.lost, 0),
    gap: rows.reduce((gap, row) => Math.max(gap, row.longestGap), 0),
  }
}
