import type {Change} from '../../model/change.ts'
import type {Direction} from '../../model/change-event.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'

/**
 * nodes: these Nodes are told by their AntreaNodeConfigs. config: the ConfigMap says it for all. restore: the AntreaNodeConfigs
 * are as they were, so that all Nodes follow the ConfigMap again.
 */
export type OverrideStep =
  | {readonly kind: 'nodes'; readonly name: string; readonly nodes: readonly string[]}
  | {readonly kind: 'config' | 'restore'; readonly name: string; readonly nodes: readonly string[]}

/**
 * Of upstream's agents. text: the ConfigMap says that mode from now on. roll: this Node's agent starts anew and reads it.
 * routes: what it leaves behind of the mode before is looked for.
 */
export interface RollingStep {
  readonly kind: 'text' | 'roll' | 'routes'
  readonly name: string
  readonly nodes: readonly string[]
  readonly mode: TrafficMode
}

export type Step = OverrideStep | RollingStep

export function isRolling(step: Step): step is RollingStep {
  return step.kind === 'text' || step.kind === 'roll' || step.kind === 'routes'
}

/** In the order of that direction: back is forward turned round, so that what was changed last goes back first. */
export function stepsOf(change: Pick<Change, 'plan'>, direction: Direction): readonly Step[] {
  return change.plan.upstream === undefined ? overrideSteps(change, direction) : rollingSteps(change, direction)
}

function overrideSteps({plan}: Pick<Change, 'plan'>, direction: Direction): readonly OverrideStep[] {
  const phases = plan.phases.map(({name, nodes}): OverrideStep => ({kind: 'nodes', name, nodes}))
  const ordered = direction === 'forward' ? phases : phases.toReversed()
  if (plan.scope === 'nodes') return ordered
  const nodes = plan.phases.flatMap((phase) => phase.nodes)
  return [...ordered, {kind: 'config', name: 'ConfigMap', nodes}, {kind: 'restore', name: 'AntreaNodeConfigs', nodes}]
}

/** One Node after the other, once for each mode on the way. */
function rollingSteps({plan}: Pick<Change, 'plan'>, direction: Direction): readonly RollingStep[] {
  const all = plan.phases.flatMap(({nodes}) => nodes)
  const nodes = direction === 'forward' ? all : all.toReversed()
  const last = direction === 'forward' ? plan.to : plan.from
  const via = plan.upstream?.via
  return [...(via === undefined ? [] : [via]), last].flatMap((mode): readonly RollingStep[] => [
    {kind: 'text', name: `ConfigMap: ${mode}`, nodes: all, mode},
    ...nodes.flatMap((node): readonly RollingStep[] => [
      {kind: 'roll', name: `${node}: ${mode}`, nodes: [node], mode},
      ...(mode === 'noEncap' ? [{kind: 'routes' as const, name: `${node}: routes`, nodes: [node], mode}] : []),
    ]),
  ])
}

export function nodesOf({plan}: Pick<Change, 'plan'>): readonly string[] {
  return plan.phases.flatMap(({nodes}) => nodes)
}
