import {familyOf} from '../../model/address.ts'
import {type PairGroup, peersIn} from '../../model/pair-group.ts'
import {type Refused, refused} from '../../model/refusals/refuse.ts'
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

/** What of the ways that will be used is a router's affair, and whether a Node has no way at all. */
export interface AskedOfRouters {
  readonly needs: readonly RouterNeed[]
  readonly refusals: readonly Refused[]
  /** By Node, the routers that it sends to, or would have to. */
  readonly routersOf: ReadonlyMap<string, readonly string[]>
}

export function askedOfRouters(
  groups: readonly PairGroup[],
  ways: readonly FabricSummary[],
  nodes: readonly UnderlayNode[],
): AskedOfRouters {
  const homes = new Map<string, UnderlayNode>(nodes.flatMap((node) => node.podCidrs.map((podCidr) => [podCidr, node])))
  const used = usedBy(groups, nodes)
  const asking = ways.filter(({from}) => used.has(from))
  const homeFor = (from: string, podCidr: string) => {
    const home = homes.get(podCidr)
    return home !== undefined && used.get(from)?.has(home.name) === true ? home : undefined
  }
  return {
    needs: needsAmong(asking, homeFor),
    refusals: refusalsAmong(asking, homeFor),
    routersOf: new Map(
      asking.flatMap(({from, routers, missing}) => {
        const vias = new Set([...routers.map(({via}) => via), ...(missing?.towards ?? [])])
        return vias.size === 0 ? [] : [[from, [...vias]] as const]
      }),
    ),
  }
}

/** Where packets for that podCIDR are to go, if that Node will send any there without a tunnel. */
type HomeFor = (from: string, podCidr: string) => UnderlayNode | undefined

function needsAmong(ways: readonly FabricSummary[], homeFor: HomeFor): readonly RouterNeed[] {
  const needs = new Map<string, RouterNeed>()
  for (const {from, routers} of ways) {
    for (const {via, podCidrs} of routers) {
      for (const podCidr of podCidrs) {
        const key = `${via} ${podCidr}`
        const home = needs.has(key) ? undefined : homeFor(from, podCidr)
        if (home === undefined) continue
        const peerIp = peerIpOf(home, podCidr)
        needs.set(key, {via, podCidr, to: home.name, ...(peerIp !== undefined && {peerIp})})
      }
    }
  }
  return [...needs.values()]
}

/** One for all that is missing: the first is named, the others are counted. */
function refusalsAmong(ways: readonly FabricSummary[], homeFor: HomeFor): readonly Refused[] {
  let pairs = 0
  let first: Lost | undefined
  for (const {from, missing} of ways) {
    for (const podCidr of missing?.podCidrs ?? []) {
      const home = homeFor(from, podCidr)
      if (home === undefined) continue
      pairs += 1
      const [router = 'ROUTER'] = missing?.towards ?? []
      const peer = peerIpOf(home, podCidr) ?? home.name
      first ??= {from, to: home.name, podCidr, why: missing?.why ?? '', router, peer}
    }
  }
  return first === undefined ? [] : [refused('fabric-unknown', {...first, pairs})]
}

type Lost = Readonly<Record<'from' | 'to' | 'podCidr' | 'why' | 'router' | 'peer', string>>

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
