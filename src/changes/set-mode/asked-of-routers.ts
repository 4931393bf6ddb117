import {familyOf} from '../../model/address.ts'
import {type PairGroup, peersIn} from '../../model/pair-group.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import type {FabricSummary} from '../../diagnostics/paths/fabric-summary.ts'
import type {UnderlayNode} from '../../diagnostics/paths/underlay.ts'

/** A podCIDR that a router must know, and no Node can say whether it does. */
export interface RouterNeed {
  readonly via: string
  readonly podCidr: string
  /** The Node that has it, and where packets for it are to be sent. */
  readonly to: string
  readonly peerIp?: string
}

/** What of the ways that will be used is a router's affair; throws MODE_REFUSED where a Node has no way at all. */
export function askedOfRouters(
  groups: readonly PairGroup[],
  ways: readonly FabricSummary[],
  nodes: readonly UnderlayNode[],
): readonly RouterNeed[] {
  const homes = new Map(nodes.flatMap((node) => node.podCidrs.map((podCidr) => [podCidr, node] as const)))
  const used = usedBy(groups, nodes)
  const needs = new Map<string, RouterNeed>()
  let lost = 0
  let first: Lost | undefined
  for (const {from, routers, missing} of ways) {
    const peers = used.get(from)
    if (peers === undefined) continue
    for (const podCidr of missing?.podCidrs ?? []) {
      const home = homes.get(podCidr)
      if (home === undefined || !peers.has(home.name)) continue
      lost += 1
      first ??= {from, to: home.name, podCidr, why: missing?.why ?? '', peer: peerIpOf(home, podCidr) ?? home.name}
    }
    for (const {via, podCidrs} of routers) {
      for (const podCidr of podCidrs) {
        const home = homes.get(podCidr)
        const key = `${via} ${podCidr}`
        if (home === undefined || !peers.has(home.name) || needs.has(key)) continue
        const peerIp = peerIpOf(home, podCidr)
        needs.set(key, {via, podCidr, to: home.name, ...(peerIp !== undefined && {peerIp})})
      }
    }
  }
  if (first !== undefined) throw refuse('fabric-unknown', {...first, pairs: lost}, {code: 'MODE_REFUSED'})
  return [...needs.values()]
}

interface Lost {
  readonly from: string
  readonly to: string
  readonly podCidr: string
  readonly why: string
  readonly peer: string
}

/** By sender, whom it will reach by routes that are not ours. */
function usedBy(
  groups: readonly PairGroup[],
  nodes: readonly UnderlayNode[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = nodes.map(({name}) => name)
  const used = new Map<string, ReadonlySet<string>>()
  for (const {from, to} of groups.filter(({becomes}) => becomes === 'fabric')) {
    // Shared by the senders of a group: there may be a thousand.
    const peers = new Set(peersIn(to, names))
    for (const sender of from) {
      const known = used.get(sender)
      used.set(sender, known === undefined ? peers : new Set([...known, ...peers]))
    }
  }
  return used
}

function peerIpOf({transport}: UnderlayNode, podCidr: string): string | undefined {
  const family = podCidr.includes(':') ? 6 : 4
  return transport.find(({ip}) => familyOf(ip) === family)?.ip
}
