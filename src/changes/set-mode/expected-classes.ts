import type {Cidr} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import {type ClusterNode, peersOf} from '../../model/node.ts'
import type {PlannedClass} from '../../model/pair-group.ts'
import {needsTunnel, type TrafficMode} from '../../model/traffic-mode.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'

export interface ExpectedWay {
  readonly from: string
  readonly to: string
  readonly podCidr: Cidr
  readonly class: PlannedClass
}

/** What each way of one Node must be in a mode, judged with its own mask, as agents do. */
export function expectedFrom(from: string, mode: TrafficMode, infos: readonly AgentInfo[]): readonly ExpectedWay[] {
  const {nodes} = underlayOf(infos)
  const own = nodes.find(({name}) => name === from)
  if (own === undefined) return []
  const known: readonly ClusterNode[] = nodes.map(({name, podCidrs, transport}) => ({
    name,
    podCidrs,
    transportIps: transport.map(({ip}) => ip),
    ready: true,
  }))
  return peersOf(from, known, own.transport).map((peer) => ({
    from,
    to: peer.name,
    podCidr: peer.podCidr,
    class: classOf(mode, peer),
  }))
}

export function classOf(mode: TrafficMode, peer: {readonly sameSubnet: boolean}): PlannedClass {
  if (needsTunnel(mode, peer)) return 'tunnelled'
  return peer.sameSubnet ? 'routed' : 'fabric'
}
