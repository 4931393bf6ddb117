import type {AgentConfig} from '../../model/agent-config.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import {crossingOf} from '../underlay/crossing.ts'
import {needsOf} from '../underlay/needs.ts'
import {askedOfRouters} from './asked-of-routers.ts'
import type {ModePlan} from './mode-plan.ts'
import {changedPairs, type ModesOf} from './pair-groups.ts'
import type {ModeFacts} from './plan.ts'
import type {PlannedNode} from './planned-node.ts'

/** What becomes of the ways between the Nodes, and what is asked of others for it. */
export function network(
  {infos, ways = [], nodes = new Map<string, NodeFacts>(), controllers}: ModeFacts,
  planned: readonly PlannedNode[],
  {current}: {readonly current: AgentConfig},
): Pick<ModePlan, 'pairs' | 'routers' | 'underlay' | 'refusals'> {
  const underlay = underlayOf(infos).nodes
  const pairs = changedPairs(underlay, modesIn(planned))
  const {needs, refusals, routersOf} = askedOfRouters(pairs.groups, ways, underlay)
  const crossing = crossingOf({
    groups: pairs.groups,
    underlay,
    nodes,
    unmasked: planned.filter(({noSNAT}) => noSNAT.to && !noSNAT.from).map(({node}) => node),
    tunnel: {type: current.tunnelType, port: current.tunnelPort},
    routers: routersOf,
    controllers,
  })
  return {pairs, routers: needs, underlay: needsOf(crossing), refusals}
}

function modesIn(planned: readonly PlannedNode[]): ModesOf {
  const modes = new Map(planned.map(({node, from, to}) => [node, {from, to}]))
  return (node) => modes.get(node) ?? {from: 'unknown', to: 'unknown'}
}
