import type {AgentInfo} from '../../model/agent-info.ts'
import {type Cidr, familyOf} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {parseAgentConfig} from '../../model/agent-config.ts'
import {type ClusterNode, peersOf} from '../../model/node.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {decideSubnet, type SubnetReason, type SubnetTrouble, subnetTroubles} from '../../model/subnet.ts'
import {needsTunnel, parseTrafficMode, type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'
import {editMode} from './edit-config.ts'
import {configHash} from './hash.ts'
import {judgeForNodes} from './judge-for-nodes.ts'

/** All that decides how a mode change goes; observed once, before anything is asked or written. */
export interface ModeFacts {
  /** antrea-agent.conf as it stands. */
  readonly config: string
  readonly infos: readonly AgentInfo[]
}

export interface ModePlan {
  readonly from: TrafficMode
  readonly to: TrafficMode
  /** The whole new antrea-agent.conf; equal to the old one when only agents lag behind. */
  readonly config: string
  readonly hash: string
  readonly nodes: readonly {readonly node: string; readonly from: string; readonly to: TrafficMode}[]
  /** Ordered pairs of Nodes whose packets change their way. */
  readonly pairs: readonly PairChange[]
  /** How many ordered pairs there are, those that stay included. */
  readonly allPairs: number
  /** Masks that make "in one subnet" doubtful, when the new mode asks for it. */
  readonly subnets: readonly SubnetTrouble[]
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

export type PlannedClass = 'tunnelled' | 'routed'

/** The mode to change to, as typed; throws MODE_UNKNOWN or MODE_REFUSED. */
export function parseTargetMode(text: string): TrafficMode {
  if (text.toLowerCase() === 'networkpolicyonly') throw refuse('policy-only-not-yet', {}, {code: 'MODE_REFUSED'})
  return parseTrafficMode(text)
}

/** Pure; throws MODE_REFUSED or CONFIG_INVALID with the sentence to show. */
export function planSetMode({config, infos}: ModeFacts, to: TrafficMode): ModePlan {
  assertAgentsTake(infos, to)
  const from = parseAgentConfig(config).trafficEncapMode
  const edited = from === to ? config : editMode(config, to)
  // What an agent would refuse at start must not be written in the first place.
  judgeForNodes(edited, infos)
  const hash = configHash(edited)
  const nodes = infos.map((info) => ({node: nodeOf(info), from: info.networkInfo.trafficEncapMode ?? 'unknown', to}))
  const before = expectedClasses(infos, from)
  const after = expectedClasses(infos, to)
  const doubtOf = subnetDoubts(infos)
  const pairs = after.flatMap(({from, to, podCidr, class: becomes}, at) => {
    const was = before[at]?.class ?? becomes
    const doubt = doubtOf(from, to, familyOf(podCidr))
    return was === becomes ? [] : [{from, to, was, becomes, ...(doubt !== undefined && {doubt})}]
  })
  const lagging = infos.some((info) => info.networkInfo.trafficEncapMode !== to || info.config?.hash !== hash)
  return {
    from,
    to,
    config: edited,
    hash,
    nodes,
    pairs,
    allPairs: after.length,
    subnets: trafficModes[to].tunnels === 'always' ? [] : subnetTroubles(underlayOf(infos).nodes),
    writes: edited !== config,
    done: edited === config && !lagging,
  }
}

/** What each ordered pair must be in a mode, judged with the sender's own mask, as agents do. */
export function expectedClasses(
  infos: readonly AgentInfo[],
  mode: TrafficMode,
): readonly {readonly from: string; readonly to: string; readonly podCidr: Cidr; readonly class: PlannedClass}[] {
  const {nodes} = underlayOf(infos)
  const known: readonly ClusterNode[] = nodes.map(({name, podCidrs, transport}) => ({
    name,
    podCidrs,
    transportIps: transport.map(({ip}) => ip),
    ready: true,
  }))
  return nodes.flatMap(({name, transport}) =>
    peersOf(name, known, transport).map((peer) => ({
      from: name,
      to: peer.name,
      podCidr: peer.podCidr,
      class: needsTunnel(mode, peer) ? ('tunnelled' as const) : ('routed' as const),
    })),
  )
}

/** What is doubtful between the transport addresses of two Nodes. */
function subnetDoubts(infos: readonly AgentInfo[]) {
  const transports = new Map(underlayOf(infos).nodes.map(({name, transport}) => [name, transport]))
  return (from: string, to: string, family: 4 | 6): SubnetReason | undefined => {
    const [own, peer] = [from, to].map((name) => transports.get(name)?.find(({ip}) => familyOf(ip) === family))
    return own === undefined || peer === undefined ? undefined : decideSubnet(own, peer).trouble
  }
}

function assertAgentsTake(infos: readonly AgentInfo[], to: TrafficMode): void {
  if (to === 'noEncap') throw refuse('no-encap-unproved', {}, {code: 'MODE_REFUSED'})
  if (infos.length === 0) {
    throw new AntctlError('AGENT_MISSING', 'no Antrea agent reports in this cluster', {
      remedy: ['kubectl apply -f deploy/antrea.yml'],
    })
  }
  const foreign = infos.filter((info) => !isOurAgent(info)).map(nodeOf)
  if (foreign.length > 0) throw refuse('agents-take-no-change', {nodes: foreign.join(', ')}, {code: 'MODE_REFUSED'})
}
