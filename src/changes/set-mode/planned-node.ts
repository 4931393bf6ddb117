import {familyOf} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import {podMtu} from '../../model/tunnel.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'

export interface PlannedNode {
  readonly node: string
  /** Of its transport interface. */
  readonly address?: string
  readonly podCidrs: readonly string[]
  /** spec.providerID, where the caller may look. */
  readonly machine?: string
  /** By its own account; "unknown" where it gives none. */
  readonly from: string
  /** The same as `from` where the change leaves it out. */
  readonly to: string
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
  /** Bytes of an IP packet that its Pods may send, before and after; absent where the Node does not tell enough. */
  readonly podMtu?: {readonly from: number; readonly to: number}
  /** As Kubernetes sees it; absent where the caller may not look. */
  readonly state?: 'ready' | 'not ready' | 'cordoned'
}

export interface NodeTarget {
  readonly mode: TrafficMode
  readonly noSNAT: boolean
}

/** What a Node runs, and will run; without a target it is left out. */
export function plannedNode(
  info: AgentInfo,
  config: AgentConfig,
  target: NodeTarget | undefined,
  facts: NodeFacts | undefined,
): PlannedNode {
  const {trafficEncapMode: from = 'unknown', noSNAT = false, podMTU} = info.networkInfo
  const after = target === undefined ? podMTU : plannedMtu(target.mode, info, config)
  const address = underlayOf([info]).nodes[0]?.transport[0]?.ip
  return {
    node: nodeOf(info),
    ...(address !== undefined && {address}),
    podCidrs: info.nodeSubnets,
    ...(facts?.providerId !== undefined && {machine: facts.providerId}),
    from,
    to: target?.mode ?? from,
    noSNAT: {from: noSNAT, to: target?.noSNAT ?? noSNAT},
    ...(podMTU !== undefined && after !== undefined && {podMtu: {from: podMTU, to: after}}),
    ...(facts !== undefined && {state: stateOf(facts)}),
  }
}

/** Bytes that its Pods may send in that mode; undefined where the Node does not tell enough. */
export function plannedMtu(mode: TrafficMode, info: AgentInfo, config: AgentConfig): number | undefined {
  const {transportInterfaceMTU: mtu} = info.networkInfo
  const [node] = underlayOf([info]).nodes
  const outer = (node?.transport ?? []).map(({ip}) => familyOf(ip))
  const own = ownValues(info, config)
  return mtu === undefined ? undefined : podMtu({...config, ...own, mode, outer}, {mtu, ...own})
}

function stateOf({ready, cordoned}: NodeFacts): PlannedNode['state'] & string {
  if (!ready) return 'not ready'
  return cordoned ? 'cordoned' : 'ready'
}

/** Of the keys that decide the MTU those that the Node has by its own AntreaNodeConfig, else the ConfigMap's. */
function ownValues({config: running}: AgentInfo, {defaultMTU, tunnelCsum}: AgentConfig) {
  const own = (key: string) =>
    running?.sources?.[key]?.startsWith('antreanodeconfig/') === true ? running.values?.[key] : undefined
  const [mtu, csum] = [own('defaultMTU'), own('tunnelCsum')]
  return {
    defaultMTU: typeof mtu === 'number' ? mtu : defaultMTU,
    tunnelCsum: typeof csum === 'boolean' ? csum : tunnelCsum,
  }
}

/** Does the Node run this already? Without a hash: whatever text it has it from. */
export function runs(
  info: AgentInfo,
  {to, noSNAT, hash}: {readonly to: TrafficMode; readonly noSNAT: boolean; readonly hash?: string},
): boolean {
  const {trafficEncapMode, noSNAT: reported = false} = info.networkInfo
  return trafficEncapMode === to && reported === noSNAT && (hash === undefined || info.config?.hash === hash)
}
