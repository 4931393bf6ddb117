import type {AgentInfo} from '../../model/agent-info.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {underlayOf} from '../paths/underlay.ts'

/** Addresses and routes in the words of an operator: whose they are. */
export interface Destinations {
  /** The Node whose podCIDR a route leads to. */
  nodeOfRoute(to: string): {readonly for?: string}
  /** The Node with that transport address. */
  nodeOfAddress(ip: string): {readonly for?: string}
}

export function destinations(infos: readonly AgentInfo[]): Destinations {
  const byPodCidr = new Map(
    infos.flatMap((info) => info.nodeSubnets.map((podCidr) => [podCidr, nodeOf(info)] as const)),
  )
  const {ownerOf} = underlayOf(infos)
  const named = (node: string | undefined) => (node === undefined ? {} : {for: node})
  return {
    nodeOfRoute: (to) => named(byPodCidr.get(to)),
    nodeOfAddress: (ip) => named(ownerOf(ip)),
  }
}
