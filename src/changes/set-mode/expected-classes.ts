import type {Cidr} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import {type ClusterNode, type PeerNode, peersOf} from '../../model/node.ts'
import {needsTunnel, type TrafficMode} from '../../model/traffic-mode.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'

/** fabric: by a route that is not ours, perhaps by a router. */
export type PlannedClass = 'tunnelled' | 'routed' | 'fabric'

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
      class: classOf(mode, peer),
    })),
  )
}

function classOf(mode: TrafficMode, peer: PeerNode): PlannedClass {
  if (needsTunnel(mode, peer)) return 'tunnelled'
  return peer.sameSubnet ? 'routed' : 'fabric'
}
