import {familyOf} from '../../model/address.ts'
import {type NodeSet, nodesIn, type PairGroup} from '../../model/pair-group.ts'
import {type Refused, refused} from '../../model/refusals/refuse.ts'
import type {FabricGroup, FabricSummary} from '../../diagnostics/paths/fabric-summary.ts'
import type {UnderlayNode} from '../../diagnostics/paths/underlay.ts'

/** Nodes whose podCIDRs a router must know, and no Node can say whether it does. */
export interface RouterNeed {
  readonly via: string
  readonly to: NodeSet
  readonly count: number
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
  const used = usedBy(groups, nodes)
  const homes = new Map<string, UnderlayNode>(nodes.flatMap((node) => node.podCidrs.map((podCidr) => [podCidr, node])))
  const asking = ways.flatMap(({from, groups: own}) => {
    const peers = used.get(from)
    return peers === undefined ? [] : [{from, peers, groups: own}]
  })
  return {
    needs: needsAmong(asking, homes, nodes),
    refusals: refusalsAmong(asking, homes),
    routersOf: new Map(
      asking.flatMap(({from, groups: own}) => {
        const vias = new Set(own.flatMap(({via, towards = []}) => (via === undefined ? towards : [via])))
        return vias.size === 0 ? [] : [[from, [...vias]] as const]
      }),
    ),
  }
}

interface Asking {
  readonly from: string
  /** Whom it will send to without a tunnel; those of one subnet share the set. */
  readonly peers: ReadonlySet<string>
  readonly groups: readonly FabricGroup[]
}
type Homes = ReadonlyMap<string, UnderlayNode>

function needsAmong(asking: readonly Asking[], homes: Homes, nodes: readonly UnderlayNode[]): readonly RouterNeed[] {
  const needs = new Map<string, Set<string>>()
  const whole = new Map<string, ReadonlySet<string>>()
  for (const one of asking) {
    for (const group of one.groups.filter(({verdict}) => verdict === 'router')) {
      const {via = ''} = group
      // Nodes of one subnet leave the same to the same router: once is enough.
      const isWhole = one.groups.length === 1
      if (isWhole && whole.get(via) === one.peers) continue
      if (isWhole) whole.set(via, one.peers)
      const known = needs.get(via) ?? new Set()
      for (const name of homesIn(group, one, homes)) known.add(name)
      needs.set(via, known)
    }
  }
  const all = nodes.map(({name}) => name)
  return [...needs].flatMap(([via, names]) => {
    if (names.size === 0) return []
    const rest = all.filter((name) => !names.has(name))
    const to = rest.length < names.size ? {allBut: rest} : {only: all.filter((name) => names.has(name))}
    return [{via, to, count: names.size}]
  })
}

/** The Nodes that a group is about, of those that will be sent to. */
function homesIn(group: FabricGroup, {peers, groups}: Asking, homes: Homes): Iterable<string> {
  const namesOf = ({podCidrs = []}: FabricGroup) => podCidrs.flatMap((podCidr) => homes.get(podCidr)?.name ?? [])
  if (group.podCidrs !== undefined) return namesOf(group).filter((name) => peers.has(name))
  if (groups.length === 1) return peers
  const others = new Set(groups.flatMap(namesOf))
  return [...peers].filter((name) => !others.has(name))
}

/** One for all that is missing: the first is named, the others are counted. */
function refusalsAmong(asking: readonly Asking[], homes: Homes): readonly Refused[] {
  const byName = new Map([...homes.values()].map((node) => [node.name, node]))
  let pairs = 0
  let first: Readonly<Record<'from' | 'to' | 'podCidr' | 'why' | 'router' | 'peer', string>> | undefined
  for (const one of asking) {
    for (const group of one.groups.filter(({verdict}) => verdict === 'missing')) {
      const lost = [...homesIn(group, one, homes)]
      pairs += lost.length
      const home = first === undefined ? byName.get(lost[0] ?? '') : undefined
      if (home === undefined) continue
      const [podCidr = ''] = home.podCidrs
      const [router = 'ROUTER'] = group.towards ?? []
      const peer = home.transport.find(({ip}) => podCidr !== '' && familyOf(ip) === familyOf(podCidr))?.ip ?? home.name
      first = {from: one.from, to: home.name, podCidr, why: group.why ?? '', router, peer}
    }
  }
  return first === undefined ? [] : [refused('fabric-unknown', {...first, pairs})]
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
    const peers = new Set(nodesIn(to, names))
    for (const sender of from) {
      const known = used.get(sender)
      used.set(sender, known === undefined ? peers : new Set([...known, ...peers]))
    }
  }
  return used
}
