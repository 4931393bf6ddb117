import {type ProbePair, probeLimits, type TimedOrder} from '../../model/probe.ts'
import {leastRate} from '../../diagnostics/probes/plan.ts'

/** Both are tried on each pair: the one that is not wanted tells why the wanted one fails. */
const forms = ['routed', 'tunnelled'] as const
/** More says little more of a way that is tried, not watched. */
const usefulRate = 100
/** Of one agent: each pair costs at both of its ends. */
const mostEnds = Math.floor(probeLimits.budget / (forms.length * leastRate))

/** Sessions one after the other, each within the agents' budget. `largest`: bytes that Pods will send, if that is more. */
export function ordersFor(pairs: readonly ProbePair[], largest: number | undefined): readonly TimedOrder[] {
  const sessions: {readonly pairs: ProbePair[]; readonly ends: Map<string, number>}[] = []
  for (const {from, to} of pairs) {
    const hasRoom = ({pairs: own, ends}: (typeof sessions)[number]) =>
      own.length < probeLimits.pairs && (ends.get(from) ?? 0) < mostEnds && (ends.get(to) ?? 0) < mostEnds
    let session = sessions.find(hasRoom)
    if (session === undefined) sessions.push((session = {pairs: [], ends: new Map()}))
    session.pairs.push({from, to})
    for (const node of [from, to]) session.ends.set(node, (session.ends.get(node) ?? 0) + 1)
  }
  return sessions.map(({pairs: own, ends}) => ({
    pairs: own,
    forms,
    packetsPerSecond: Math.min(
      usefulRate,
      Math.floor(probeLimits.budget / (forms.length * Math.max(...ends.values()))),
    ),
    seconds: 1,
    ...(largest !== undefined && {largest}),
  }))
}
