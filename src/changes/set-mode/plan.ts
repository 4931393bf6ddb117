import type {AgentInfo} from '../../model/agent-info.ts'
import {familyOf} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {parseAgentConfig} from '../../model/agent-config.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {decideSubnet, type SubnetReason, type SubnetTrouble, subnetTroubles} from '../../model/subnet.ts'
import {parseTrafficMode, type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {FabricWay} from '../../diagnostics/paths/fabric.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import {askedOfRouters} from './asked-of-routers.ts'
import {type ConfigDrift, configDrift} from './config-drift.ts'
import {editKey} from './edit-config.ts'
import {expectedClasses, type PlannedClass} from './expected-classes.ts'
import {configHash} from './hash.ts'
import {judgeForNodes, type Providers} from './judge-for-nodes.ts'
import {type PlannedNode, plannedNode, runs} from './planned-node.ts'

/** All that decides how a mode change goes; observed once, before anything is asked or written. */
export interface ModeFacts {
  /** antrea-agent.conf as it stands. */
  readonly config: string
  readonly infos: readonly AgentInfo[]
  /** What Nodes know of the ways to the others' Pods without tunnels; asked for before noEncap alone. */
  readonly ways?: readonly FabricWay[]
  /** Whose machines the Nodes are, where that is known. */
  readonly providers?: Providers
}

/** What is wanted beside the mode. */
export interface ModeWish {
  /** Pods keep their own addresses to the outside; undefined: as it is. */
  readonly noSNAT?: boolean | undefined
}

export interface ModePlan {
  readonly from: TrafficMode
  readonly to: TrafficMode
  /** The whole new antrea-agent.conf; equal to the old one when only agents lag behind. */
  readonly config: string
  readonly hash: string
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
  readonly nodes: readonly PlannedNode[]
  /** Ordered pairs of Nodes whose packets change their way. */
  readonly pairs: readonly PairChange[]
  /** How many ordered pairs there are, those that stay included. */
  readonly allPairs: number
  /** Masks that make "in one subnet" doubtful, when the new mode asks for it. */
  readonly subnets: readonly SubnetTrouble[]
  /** What routers must know, and no Node can say whether they do: one way for each router and podCIDR. */
  readonly routers: readonly FabricWay[]
  /** Where Nodes differ from the ConfigMap as it stands. */
  readonly drift: readonly ConfigDrift[]
  readonly writes: boolean
  /** Nothing to write and no Node that lags. */
  readonly done: boolean
}

export interface PairChange {
  readonly from: string
  readonly to: string
  readonly was: PlannedClass
  readonly becomes: PlannedClass
  /** Why the two ends may see it otherwise. */
  readonly doubt?: SubnetReason
}

/** The mode to change to, as typed; throws MODE_UNKNOWN or MODE_REFUSED. */
export function parseTargetMode(text: string): TrafficMode {
  if (text.toLowerCase() === 'networkpolicyonly') throw refuse('policy-only-not-yet', {}, {code: 'MODE_REFUSED'})
  return parseTrafficMode(text)
}

/** Pure; throws MODE_REFUSED or CONFIG_INVALID with the sentence to show. */
export function planSetMode(
  {config, infos, ways = [], providers}: ModeFacts,
  to: TrafficMode,
  wish: ModeWish = {},
): ModePlan {
  assertAgentsTake(infos)
  const current = parseAgentConfig(config)
  const {trafficEncapMode: from} = current
  const noSNAT = {from: current.noSNAT, to: wish.noSNAT ?? current.noSNAT}
  const moded = from === to ? config : editKey(config, {key: 'trafficEncapMode', value: to})
  const edited = noSNAT.from === noSNAT.to ? moded : editKey(moded, {key: 'noSNAT', value: noSNAT.to})
  // What an agent would refuse at start must not be written in the first place.
  judgeForNodes(edited, infos, providers)
  const hash = configHash(edited)
  assertNoneStays(infos, {trafficEncapMode: to, noSNAT: noSNAT.to})
  const nodes = infos.map((info) => plannedNode(info, current, to))
  const before = expectedClasses(infos, from)
  const after = expectedClasses(infos, to)
  const doubtOf = subnetDoubts(infos)
  const pairs = after.flatMap(({from, to, podCidr, class: becomes}, at) => {
    const was = before[at]?.class ?? becomes
    const doubt = doubtOf(from, to, familyOf(podCidr))
    return was === becomes ? [] : [{from, to, was, becomes, ...(doubt !== undefined && {doubt})}]
  })
  const lagging = infos.some((info) => !runs(info, {to, noSNAT: noSNAT.to, hash}))
  return {
    from,
    to,
    config: edited,
    hash,
    noSNAT,
    nodes,
    pairs,
    allPairs: after.length,
    subnets: trafficModes[to].tunnels === 'always' ? [] : subnetTroubles(underlayOf(infos).nodes),
    routers: to === 'noEncap' && from !== to ? askedOfRouters(after, ways) : [],
    drift: configDrift(config, infos),
    writes: edited !== config,
    done: edited === config && !lagging,
  }
}

/** What is doubtful between the transport addresses of two Nodes. */
function subnetDoubts(infos: readonly AgentInfo[]) {
  const transports = new Map(underlayOf(infos).nodes.map(({name, transport}) => [name, transport]))
  return (from: string, to: string, family: 4 | 6): SubnetReason | undefined => {
    const [own, peer] = [from, to].map((name) => transports.get(name)?.find(({ip}) => familyOf(ip) === family))
    return own === undefined || peer === undefined ? undefined : decideSubnet(own, peer).trouble
  }
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
