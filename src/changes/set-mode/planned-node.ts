import {familyOf} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import {podMtu} from '../../model/tunnel.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'

export interface PlannedNode {
  readonly node: string
  readonly from: string
  readonly to: TrafficMode
  /** Bytes of an IP packet that its Pods may send, before and after; absent where the Node does not tell enough. */
  readonly podMtu?: {readonly from: number; readonly to: number}
}

/** What a Node runs, and will run. */
export function plannedNode(info: AgentInfo, config: AgentConfig, to: TrafficMode): PlannedNode {
  const {trafficEncapMode, podMTU, transportInterfaceMTU: mtu} = info.networkInfo
  const [node] = underlayOf([info]).nodes
  const outer = (node?.transport ?? []).map(({ip}) => familyOf(ip))
  const own = ownValues(info, config)
  const after = mtu === undefined ? undefined : podMtu({...config, ...own, mode: to, outer}, {mtu, ...own})
  return {
    node: nodeOf(info),
    from: trafficEncapMode ?? 'unknown',
    to,
    ...(podMTU !== undefined && after !== undefined && {podMtu: {from: podMTU, to: after}}),
  }
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

/** Does the Node run this already? */
export function runs(
  info: AgentInfo,
  {to, noSNAT, hash}: {readonly to: TrafficMode; readonly noSNAT: boolean; readonly hash: string},
): boolean {
  const {trafficEncapMode, noSNAT: reported = false} = info.networkInfo
  return trafficEncapMode === to && reported === noSNAT && info.config?.hash === hash
}
