import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {parseAgentConfig} from '../../model/agent-config.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {type SubnetTrouble, subnetTroubles} from '../../model/subnet.ts'
import {parseTrafficMode, type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {agentsOf, isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import type {FabricSummary} from '../../diagnostics/paths/fabric-summary.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import {askedOfRouters, type RouterNeed} from './asked-of-routers.ts'
import {type ConfigDrift, configDrift} from './config-drift.ts'
import {editKey} from './edit-config.ts'
import {factSheet, hashOfFacts} from './fact-sheet.ts'
import type {LostFeature} from './features-lost.ts'
import {configHash} from './hash.ts'
import {judgeForNodes} from './judge-for-nodes.ts'
import {type ChangedPairs, changedPairs, type ModesOf} from './pair-groups.ts'
import {defaultPhases, type PhaseWish, phasesOf, type PlanPhase} from './phases.ts'
import {type NodeTarget, type PlannedNode, plannedNode, runs} from './planned-node.ts'
import type {UnderlayNeed} from './underlay-needs.ts'

/** All that decides how a mode change goes; observed once, before anything is asked or written. */
export interface ModeFacts {
  /** antrea-agent.conf as it stands. */
  readonly config: string
  readonly infos: readonly AgentInfo[]
  /** What Nodes know of the ways to the others' Pods without tunnels; asked for before noEncap alone. */
  readonly ways?: readonly FabricSummary[]
  /** What Kubernetes knows of the Nodes, where the caller may ask. */
  readonly nodes?: ReadonlyMap<string, NodeFacts>
}

/** How the change is to be gone about. */
export interface ChangeOptions {
  /** Packets that the probes may lose in a phase. */
  readonly maxLoss: number
  /** How long each phase is watched before the next. */
  readonly soakSeconds: number
  /** What becomes of Nodes that are not ready, or drained. */
  readonly notReady: 'wait' | 'skip' | 'stop'
}

export const defaultOptions: ChangeOptions = {maxLoss: 0, soakSeconds: 0, notReady: 'wait'}

/** What is wanted beside the mode. */
export interface ModeWish {
  /** Pods keep their own addresses to the outside; undefined: as it is. */
  readonly noSNAT?: boolean | undefined
  /** These alone, by their own AntreaNodeConfig; undefined: all. */
  readonly nodes?: readonly string[] | undefined
  readonly phases?: PhaseWish | undefined
  readonly options?: ChangeOptions | undefined
}

export interface ModePlan {
  readonly version: 1
  readonly cluster: 'ours' | 'upstream'
  /** cluster: the ConfigMap says it in the end; nodes: the Nodes' own AntreaNodeConfig does, and the ConfigMap stays. */
  readonly scope: 'cluster' | 'nodes'
  readonly from: TrafficMode
  readonly to: TrafficMode
  /** What the ConfigMap says before. */
  readonly before: {readonly mode: TrafficMode; readonly noSNAT: boolean; readonly hash: string}
  /** The whole antrea-agent.conf afterwards; equal to the old one when only agents lag behind, and in the scope nodes. */
  readonly config: string
  readonly hash: string
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
  readonly nodes: readonly PlannedNode[]
  /** Every Node that changes, once. */
  readonly phases: readonly PlanPhase[]
  readonly options: ChangeOptions
  /** Ordered pairs of Nodes whose packets change their way. */
  readonly pairs: ChangedPairs
  /** Masks that make "in one subnet" doubtful, when the new mode asks for it. */
  readonly subnets: readonly SubnetTrouble[]
  /** What routers must know, and no Node can say whether they do: one for each router and podCIDR. */
  readonly routers: readonly RouterNeed[]
  /** What the network between the Nodes must allow, in the words of whose network it is. */
  readonly underlay: readonly UnderlayNeed[]
  readonly featuresLost: readonly LostFeature[]
  /** Where Nodes differ from the ConfigMap as it stands. */
  readonly drift: readonly ConfigDrift[]
  readonly writes: boolean
  /** Nothing to write and no Node that lags. */
  readonly done: boolean
  /** Of all facts that decided this. */
  readonly factsHash: string
}

/** The mode to change to, as typed; throws MODE_UNKNOWN or MODE_REFUSED. */
export function parseTargetMode(text: string): TrafficMode {
  if (text.toLowerCase() === 'networkpolicyonly') throw refuse('policy-only-not-yet', {}, {code: 'MODE_REFUSED'})
  return parseTrafficMode(text)
}

/** Pure; `to` undefined: the mode stays. Throws MODE_REFUSED, NODE_UNKNOWN or CONFIG_INVALID with the sentence to show. */
export function planSetMode(facts: ModeFacts, to: TrafficMode | undefined, wish: ModeWish = {}): ModePlan {
  const {config, infos, nodes: kubernetes = new Map<string, NodeFacts>()} = facts
  assertAgentsTake(infos)
  const current = parseAgentConfig(config)
  const {trafficEncapMode: from} = current
  const mode = to ?? from
  const noSNAT = {from: current.noSNAT, to: wish.noSNAT ?? current.noSNAT}
  const target = {mode, noSNAT: noSNAT.to}
  const edited = editConfig(config, {from: {mode: from, noSNAT: noSNAT.from}, to: target})
  const chosen = agentsOf(infos, wish.nodes ?? [])
  // What an agent would refuse at start must not be written in the first place.
  judgeForNodes(edited, chosen, kubernetes)
  if (wish.nodes === undefined) assertNoneStays(infos, {trafficEncapMode: mode, noSNAT: noSNAT.to})
  const after = wish.nodes === undefined ? edited : config
  const hash = configHash(after)
  const wanted = {to: mode, noSNAT: noSNAT.to, ...(wish.nodes === undefined && {hash})}
  const isChosen = new Set(chosen.map(nodeOf))
  const planned = infos.map((info) => {
    const node = nodeOf(info)
    return plannedNode(info, current, isChosen.has(node) ? target : undefined, kubernetes.get(node))
  })
  const underlay = underlayOf(infos).nodes
  const pairs = changedPairs(underlay, modesIn(planned))
  const changing = new Set(chosen.filter((info) => !runs(info, wanted)).map(nodeOf))
  const routers = askedOfRouters(pairs.groups, facts.ways ?? [], underlay)
  return {
    version: 1,
    cluster: 'ours',
    scope: wish.nodes === undefined ? 'cluster' : 'nodes',
    from,
    to: mode,
    before: {mode: from, noSNAT: noSNAT.from, hash: configHash(config)},
    config: after,
    hash,
    noSNAT,
    nodes: planned,
    phases: phasesOf(
      underlay.filter(({name}) => changing.has(name)),
      wish.phases ?? defaultPhases,
      (node) => kubernetes.get(node)?.ready !== false,
    ),
    options: wish.options ?? defaultOptions,
    pairs,
    subnets: trafficModes[mode].tunnels === 'always' ? [] : subnetTroubles(underlay),
    routers,
    underlay: [],
    featuresLost: [],
    drift: configDrift(config, infos),
    writes: after !== config,
    done: after === config && changing.size === 0,
    factsHash: hashOfFacts(factSheet(facts)),
  }
}

/** The text with the wanted values and nothing else changed. */
function editConfig(config: string, {from, to}: {readonly from: NodeTarget; readonly to: NodeTarget}): string {
  const moded = from.mode === to.mode ? config : editKey(config, {key: 'trafficEncapMode', value: to.mode})
  return from.noSNAT === to.noSNAT ? moded : editKey(moded, {key: 'noSNAT', value: to.noSNAT})
}

function modesIn(planned: readonly PlannedNode[]): ModesOf {
  const modes = new Map(planned.map(({node, from, to}) => [node, {from, to}]))
  return (node) => modes.get(node) ?? {from: 'unknown', to: 'unknown'}
}

function assertAgentsTake(infos: readonly AgentInfo[]): void {
  if (infos.length === 0) {
    throw new AntctlError('AGENT_MISSING', 'no Antrea agent reports in this cluster', {
      remedy: ['kubectl apply -f deploy/antrea.yml'],
    })
  }
  const foreign = infos.filter((info) => !isOurAgent(info)).map(nodeOf)
  if (foreign.length > 0) throw refuse('agents-take-no-change', {nodes: foreign.join(', ')}, {code: 'MODE_REFUSED'})
}

/** A Node with its own word on one of these must say the same. */
function assertNoneStays(
  infos: readonly AgentInfo[],
  wanted: {readonly trafficEncapMode: TrafficMode; readonly noSNAT: boolean},
): void {
  const stays = infos.filter(({config, networkInfo}) => {
    const isOwn = (key: keyof typeof wanted) => config?.sources?.[key]?.startsWith('antreanodeconfig/') === true
    const {trafficEncapMode, noSNAT = false} = networkInfo
    return (
      (isOwn('trafficEncapMode') && trafficEncapMode !== wanted.trafficEncapMode) ||
      (isOwn('noSNAT') && noSNAT !== wanted.noSNAT)
    )
  })
  const [first] = stays.map(nodeOf)
  if (first === undefined) return
  throw refuse('node-says-otherwise', {nodes: stays.map(nodeOf).join(', '), first}, {code: 'MODE_REFUSED'})
}
