import type {ProbePair} from '../../model/probe.ts'
import {type PairGroup, type PairWay, pairsOf, nodesIn} from '../../model/pair-group.ts'

/** A pair that is to be tried before its packets go that way. */
export interface TriedPair extends ProbePair {
  readonly becomes: PairWay
}

/** So many are tried one by one: some seconds of the agents' time. */
const mostPairs = 256

/**
 * All pairs that change, or so many of them that each Node sends, and each is sent to, in every manner of way that the plan
 * has for it: a podCIDR that the underlay does not know is then among them.
 */
export function samplePairs(groups: readonly PairGroup[], nodes: readonly string[]): readonly TriedPair[] {
  const changed = groups.reduce((sum, {count}) => sum + count, 0)
  if (changed <= mostPairs)
    return groups.flatMap((group) => [...pairsOf(group, nodes)].map((pair) => ({...pair, becomes: group.becomes})))
  const byWay = Map.groupBy(groups, ({becomes}) => becomes)
  return [...byWay].flatMap(([becomes, own]) => coveringPairs(own, nodes).map((pair) => ({...pair, becomes})))
}

function coveringPairs(groups: readonly PairGroup[], nodes: readonly string[]): readonly ProbePair[] {
  const pairs = new Map<string, ProbePair>()
  const [sending, reached] = [new Set<string>(), new Set<string>()]
  const take = (from: string, to: string) => {
    pairs.set(JSON.stringify([from, to]), {from, to})
    sending.add(from)
    reached.add(to)
  }
  for (const {from, to} of groups) {
    const peers = nodesIn(to, nodes)
    // Whom nobody has reached yet comes first, so that few pairs cover all.
    const waiting = peers.filter((peer) => !reached.has(peer))
    for (const [at, sender] of from.entries()) {
      const own = nextTo(waiting, sender, reached) ?? nextTo(rotated(peers, at), sender)
      if (own !== undefined) take(sender, own)
    }
  }
  // Where few send to many, the many are still waited for.
  for (const {from, to} of groups) {
    for (const peer of nodesIn(to, nodes)) {
      const sender = reached.has(peer) ? undefined : from.find((name) => name !== peer)
      if (sender !== undefined) take(sender, peer)
    }
  }
  return [...pairs.values()]
}

function nextTo(peers: readonly string[], sender: string, without?: ReadonlySet<string>): string | undefined {
  return peers.find((peer) => peer !== sender && without?.has(peer) !== true)
}

function rotated(peers: readonly string[], by: number): readonly string[] {
  const at = peers.length === 0 ? 0 : by % peers.length
  return [...peers.slice(at), ...peers.slice(0, at)]
}
