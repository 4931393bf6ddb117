import {effectiveConfig} from '../../model/agent-config.ts'
import {readEffective} from '../../model/config/effective.ts'
import {type Refused, refuse, refused, refusalError} from '../../model/refusals/refuse.ts'
import {subnetTroubles} from '../../model/subnet.ts'
import {type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {WorkloadPod} from '../../cluster/workloads.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import {editConfig} from '../set-mode/edit-config.ts'
import {network} from '../set-mode/network.ts'
import {expectedWays} from '../set-mode/expected-classes.ts'
import {factSheet, hashOfFacts} from '../set-mode/fact-sheet.ts'
import {featuresLost} from '../set-mode/features-lost.ts'
import {configHash} from '../set-mode/hash.ts'
import {defaultOptions, type ModePlan, type UpstreamPart} from '../set-mode/mode-plan.ts'
import {phasesOf} from '../set-mode/phases.ts'
import type {ModeFacts, ModeWish} from '../set-mode/plan.ts'
import {type PlannedNode, plannedNode} from '../set-mode/planned-node.ts'
import {textVia, viaBetween} from './legs.ts'
import {seenMode} from './seen-mode.ts'
import {staleMtus} from './stale-mtu.ts'
import {removalOf, staleRoutesIn} from './stale-routes.ts'

/** What a cluster of upstream's is asked for beside all else. */
export interface UpstreamFacts {
  /** How each Node's flows send. */
  readonly seen: ReadonlyMap<string, readonly PairPath[]>
  /** Those with a network of their own. */
  readonly pods: readonly WorkloadPod[]
}

const around = {agent: 'upstream'} as const

const unproven = [
  "upstream's agents do not tell the kernel's routes: a pair that is routed is proved by its flow alone, which hands it to the gateway",
  "upstream's agents send no probes: nothing was tried on the wire, and what is lost meanwhile is not counted",
  'on the Node whose agent starts anew Pods may lose packets, and no Pod starts, until its flows are there again',
] as const

interface Asked {
  readonly to: TrafficMode | undefined
  readonly wish: ModeWish
}

/** A patch of the ConfigMap and one Node after the other; throws MODE_REFUSED with what upstream's agents would refuse. */
export function drawUpstreamPlan(facts: ModeFacts, upstream: UpstreamFacts, {to, wish}: Asked): ModePlan {
  const {config, infos} = facts
  const current = effectiveConfig({text: config}, around).config
  const before = {mode: current.trafficEncapMode, noSNAT: current.noSNAT}
  const target = {mode: to ?? before.mode, noSNAT: wish.noSNAT ?? before.noSNAT}
  const after = editConfig(config, {from: before, to: target})
  const options = {...(wish.options ?? {...defaultOptions, maxLoss: 'report' as const})}
  assertPossible(after, target.mode, {wish, maxLoss: options.maxLoss})
  const {values} = readEffective({text: after}, around)
  const nodes = plannedNodes(facts, upstream, {before, target, current})
  const writes = after !== config
  const changing = nodes.filter(({from}) => writes || from !== target.mode).map(({node}) => node)
  const underlay = underlayOf(infos).nodes
  const via = viaBetween([before.mode, ...nodes.map(({from}) => from)], target.mode)
  if (via !== undefined) assertTaken(textVia(after, via))
  const isChanging = new Set(changing)
  const part = upstreamPart(facts, upstream, {nodes, changing, mode: target.mode, via, wish})
  const {refusals, ...ways} = network(facts, nodes, {current})
  return {
    version: 1,
    cluster: 'upstream',
    scope: 'cluster',
    from: before.mode,
    to: target.mode,
    before: {...before, hash: configHash(config)},
    config: after,
    hash: configHash(after),
    noSNAT: {from: before.noSNAT, to: target.noSNAT},
    nodes,
    phases: phasesOf(
      underlay.filter(({name}) => isChanging.has(name)),
      {canary: 0, batch: {nodes: 1}},
      (node) => facts.nodes?.get(node)?.ready !== false,
    ).map((phase, at) => ({...phase, name: `Node ${at + 1}`})),
    options,
    ...ways,
    refusals: [...refusals, ...staleRouteRefusals(part)],
    subnets: trafficModes[target.mode].tunnels === 'always' ? [] : subnetTroubles(underlay),
    featuresLost: featuresLost({from: before.mode, to: target.mode, cluster: 'upstream', values}),
    drift: nodes
      .filter(({from}) => from !== before.mode)
      .map(({node, from}) => ({
        node,
        sentence: `sends as in ${from === 'unknown' ? 'no mode' : from}, and the ConfigMap says ${before.mode}: its agent has not read it`,
      })),
    upstream: part,
    writes,
    done: !writes && changing.length === 0,
    factsHash: hashOfFacts(factSheet(facts)),
  }
}

function assertPossible(
  after: string,
  mode: TrafficMode,
  {wish, maxLoss}: {readonly wish: ModeWish; readonly maxLoss: ModePlan['options']['maxLoss']},
): void {
  if (wish.nodes !== undefined)
    throw refuse('upstream-nodes-alone', {nodes: wish.nodes.join(', '), mode}, {code: 'MODE_REFUSED'})
  if (maxLoss !== 'report') throw refuse('upstream-counts-no-loss', {maxLoss, mode}, {code: 'MODE_REFUSED'})
  assertTaken(after)
}

/** What an agent refuses at its start leaves its Node without one. */
function assertTaken(text: string): void {
  const {refused: all} = readEffective({text}, around)
  if (all.length > 0) throw refusalError(all, {code: 'MODE_REFUSED'})
}

interface Modes {
  readonly before: {readonly mode: TrafficMode; readonly noSNAT: boolean}
  readonly target: {readonly mode: TrafficMode; readonly noSNAT: boolean}
  readonly current: ReturnType<typeof effectiveConfig>['config']
}

function plannedNodes({infos, nodes}: ModeFacts, {seen}: UpstreamFacts, modes: Modes): readonly PlannedNode[] {
  const {before, target, current} = modes
  const ways = expectedWays(infos)
  return infos.map((info) => {
    const node = nodeOf(info)
    const from = seenMode(node, seen.get(node) ?? [], {ways, configured: before.mode})
    const planned = plannedNode(info, current, target, nodes?.get(node))
    return {...planned, from, noSNAT: {from: before.noSNAT, to: target.noSNAT}}
  })
}

interface Parting {
  readonly nodes: readonly PlannedNode[]
  readonly changing: readonly string[]
  readonly mode: TrafficMode
  readonly via: TrafficMode | undefined
  readonly wish: ModeWish
}

function upstreamPart(
  {infos}: ModeFacts,
  {pods}: UpstreamFacts,
  {nodes, changing, mode, via, wish}: Parting,
): UpstreamPart {
  const stale = mode === 'noEncap' ? staleRoutesIn(infos, changing) : []
  const shrinking = nodes.filter(({podMtu}) => podMtu !== undefined && podMtu.to < podMtu.from).map(({node}) => node)
  const byNode = Map.groupBy(stale, ({node}) => node)
  return {
    ...(via !== undefined && {via}),
    unproven,
    staleRoutes: [...byNode].map(([node, routes]) => ({node, commands: routes.map((one) => removalOf(one).join(' '))})),
    removeStaleRoutes: wish.removeStaleRoutes === true,
    staleMtu: staleMtus(pods, new Set(shrinking.filter((node) => changing.includes(node)))),
  }
}

function staleRouteRefusals({staleRoutes, removeStaleRoutes}: UpstreamPart): readonly Refused[] {
  const [first] = staleRoutes
  if (first === undefined || removeStaleRoutes) return []
  const nodes = staleRoutes.map(({node}) => node)
  const fills = {
    routes: staleRoutes.reduce((sum, {commands}) => sum + commands.length, 0),
    nodes: nodes.length > 3 ? `${nodes.slice(0, 3).join(', ')} and ${nodes.length - 3} more` : nodes.join(', '),
    command: `on ${first.node}: ${first.commands[0] ?? ''}`,
  }
  return [refused('upstream-stale-routes', fills)]
}
