import type {Change} from '../../model/change.ts'
import type {Direction} from '../../model/change-event.ts'

/**
 * nodes: these Nodes are told by their AntreaNodeConfigs. config: the ConfigMap says it for all. restore: the AntreaNodeConfigs
 * are as they were, so that all Nodes follow the ConfigMap again.
 */
export type Step =
  | {readonly kind: 'nodes'; readonly name: string; readonly nodes: readonly string[]}
  | {readonly kind: 'config' | 'restore'; readonly name: string; readonly nodes: readonly string[]}

/** In the order of that direction: back is forward turned round, so that what was changed last goes back first. */
export function stepsOf({plan}: Pick<Change, 'plan'>, direction: Direction): readonly Step[] {
  const phases = plan.phases.map(({name, nodes}): Step => ({kind: 'nodes', name, nodes}))
  const ordered = direction === 'forward' ? phases : phases.toReversed()
  if (plan.scope === 'nodes') return ordered
  const nodes = plan.phases.flatMap((phase) => phase.nodes)
  return [...ordered, {kind: 'config', name: 'ConfigMap', nodes}, {kind: 'restore', name: 'AntreaNodeConfigs', nodes}]
}

export function nodesOf({plan}: Pick<Change, 'plan'>): readonly string[] {
  return plan.phases.flatMap(({nodes}) => nodes)
}
