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

/** What each way of a Node must be in a mode, judged with its own mask, as agents do. */
export type WaysOf = (from: string, mode: TrafficMode) => readonly ExpectedWay[]

export function expectedWays(infos: readonly AgentInfo[]): WaysOf {
  const {nodes} = underlayOf(infos)
  const own = new Map(nodes.map((node) => [node.name, node]))
  const known: readonly ClusterNode[] = nodes.map(({name, podCidrs, transport}) => ({
    name,
    podCidrs,
    transportIps: transport.map(({ip}) => ip),
    ready: true,
  }))
  return (from, mode) =>
    peersOf(from, known, own.get(from)?.transport ?? []).map((peer) => ({
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
