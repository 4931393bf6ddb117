import {type AgentConfig, parseAgentConfig} from '../../model/agent-config.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {ChangeOptions} from '../../model/change.ts'
import {readEffective} from '../../model/config/effective.ts'
import {refuse, refusalError} from '../../model/refusals/refuse.ts'
import {subnetTroubles} from '../../model/subnet.ts'
import {parseTrafficMode, type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {agentsOf, nodeOf} from '../../cluster/agent-infos.ts'
import type {CloudControllers} from '../../cluster/cloud-controllers.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import type {FabricSummary} from '../../diagnostics/paths/fabric-summary.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import {drawUpstreamPlan, type UpstreamFacts} from '../upstream/plan.ts'
import {assertAgentsTake, assertNoneStays, saysItself} from './assert-possible.ts'
import {configDrift} from './config-drift.ts'
import {editConfig} from './edit-config.ts'
import {factSheet, hashOfFacts} from './fact-sheet.ts'
import {featuresLost} from './features-lost.ts'
import {configHash} from './hash.ts'
import {judgeForNodes} from './judge-for-nodes.ts'
import {defaultOptions, type ModePlan} from './mode-plan.ts'
import {network} from './network.ts'
import {defaultPhases, type PhaseWish, phasesOf} from './phases.ts'
import {type NodeTarget, type PlannedNode, plannedNode, runs} from './planned-node.ts'

/** All that decides how a mode change goes; observed once, before anything is asked or written. */
export interface ModeFacts {
  /** What only a cluster of upstream's is asked for. */
  readonly upstream?: UpstreamFacts
  /** antrea-agent.conf as it stands. */
  readonly config: string
  readonly infos: readonly AgentInfo[]
  /** What Nodes know of the ways to the others' Pods without tunnels; asked for before noEncap alone. */
  readonly ways?: readonly FabricSummary[]
  /** Programs that put routes; undefined: the caller may not look. */
  readonly controllers?: CloudControllers | undefined
  /** What Kubernetes knows of the Nodes, where the caller may ask. */
  readonly nodes?: ReadonlyMap<string, NodeFacts>
}

/** What is wanted beside the mode. */
export interface ModeWish {
  /** Pods keep their own addresses to the outside; undefined: as it is. */
  readonly noSNAT?: boolean | undefined
  /** These alone, by their own AntreaNodeConfig; undefined: all. */
  readonly nodes?: readonly string[] | undefined
  readonly phases?: PhaseWish | undefined
  readonly options?: ChangeOptions | undefined
  /** Nodes that say their mode themselves go on with it; without this they must say the same. */
  readonly keepsOwn?: boolean | undefined
  /** Upstream's agents leave routes behind: they may be taken away. */
  readonly removeStaleRoutes?: boolean | undefined
}

/** The mode to change to, as typed; throws MODE_UNKNOWN or MODE_REFUSED. */
export function parseTargetMode(text: string): TrafficMode {
  if (text.toLowerCase() === 'networkpolicyonly') throw refuse('policy-only-not-yet', {}, {code: 'MODE_REFUSED'})
  return parseTrafficMode(text)
}

/** Pure; `to` undefined: the mode stays. Throws MODE_REFUSED, NODE_UNKNOWN or CONFIG_INVALID with the sentence to show. */
export function planSetMode(facts: ModeFacts, to: TrafficMode | undefined, wish: ModeWish = {}): ModePlan {
  const plan = drawPlan(facts, to, wish)
  assertAllowed(plan)
  return plan
}

/** What is refused for the underlay's sake is in the plan: whoever looks at it sees what would mend it. */
export function assertAllowed({refusals}: ModePlan): void {
  if (refusals.length > 0) throw refusalError(refusals, {code: 'MODE_REFUSED'})
}

export function drawPlan(facts: ModeFacts, to: TrafficMode | undefined, wish: ModeWish = {}): ModePlan {
  const {config, infos, nodes: kubernetes = new Map<string, NodeFacts>()} = facts
  if (facts.upstream !== undefined) return drawUpstreamPlan(facts, facts.upstream, {to, wish})
  assertAgentsTake(infos)
  const target = targetOf(config, to, wish)
  const {before, mode, noSNAT, edited} = target
  const chosen = agentsOf(infos, wish.nodes ?? []).filter((info) => wish.keepsOwn !== true || !saysItself(info))
  // What an agent would refuse at start must not be written in the first place.
  judgeForNodes(edited, chosen, kubernetes)
  if (wish.nodes === undefined) assertNoneStays(chosen, {trafficEncapMode: mode, noSNAT})
  const after = wish.nodes === undefined ? edited : config
  const hash = configHash(after)
  const wanted = {to: mode, noSNAT, ...(wish.nodes === undefined && {hash})}
  const nodes = plannedNodes(facts, {chosen, target})
  const changing = new Set(chosen.filter((info) => !runs(info, wanted)).map(nodeOf))
  const underlay = underlayOf(infos).nodes
  return {
    version: 1,
    cluster: 'ours',
    scope: wish.nodes === undefined ? 'cluster' : 'nodes',
    from: before.mode,
    to: mode,
    before,
    config: after,
    hash,
    noSNAT: {from: before.noSNAT, to: noSNAT},
    nodes,
    phases: phasesOf(
      underlay.filter(({name}) => changing.has(name)),
      wish.phases ?? defaultPhases,
      (node) => kubernetes.get(node)?.ready !== false,
    ),
    options: wish.options ?? defaultOptions,
    ...network(facts, nodes, target),
    subnets: trafficModes[mode].tunnels === 'always' ? [] : subnetTroubles(underlay),
    featuresLost: featuresLost({
      from: before.mode,
      to: mode,
      cluster: 'ours',
      values: readEffective({text: edited}, {}).values,
    }),
    drift: configDrift(config, infos),
    writes: after !== config,
    done: after === config && changing.size === 0,
    factsHash: hashOfFacts(factSheet(facts)),
  }
}

interface Target extends NodeTarget {
  readonly before: ModePlan['before']
  readonly current: AgentConfig
  /** The text that says it. */
  readonly edited: string
}

function targetOf(config: string, to: TrafficMode | undefined, wish: ModeWish): Target {
  const current = parseAgentConfig(config)
  const from = {mode: current.trafficEncapMode, noSNAT: current.noSNAT}
  const target = {mode: to ?? from.mode, noSNAT: wish.noSNAT ?? from.noSNAT}
  return {
    ...target,
    current,
    before: {...from, hash: configHash(config)},
    edited: editConfig(config, {from, to: target}),
  }
}

function plannedNodes(
  {infos, nodes}: ModeFacts,
  {chosen, target}: {readonly chosen: readonly AgentInfo[]; readonly target: Target},
): readonly PlannedNode[] {
  const isChosen = new Set(chosen)
  return infos.map((info) =>
    plannedNode(info, target.current, isChosen.has(info) ? target : undefined, nodes?.get(nodeOf(info))),
  )
}
