import {refuse} from '../../model/refusals/refuse.ts'
import type {FabricWay} from '../../diagnostics/paths/fabric.ts'
import type {expectedClasses} from './expected-classes.ts'

/** What of the ways that will be used is a router's affair; throws MODE_REFUSED where a Node has no way at all. */
export function askedOfRouters(
  pairs: ReturnType<typeof expectedClasses>,
  ways: readonly FabricWay[],
): readonly FabricWay[] {
  const used = new Set(pairs.filter((pair) => pair.class === 'fabric').map(({from, podCidr}) => `${from} ${podCidr}`))
  const needed = ways.filter(({from, podCidr}) => used.has(`${from} ${podCidr}`))
  const lost = needed.filter(({verdict}) => verdict === 'missing')
  const [first] = lost
  if (first !== undefined) {
    const {from, to, podCidr, why, peerIp: peer = to} = first
    throw refuse('fabric-unknown', {from, to, podCidr, why, peer, pairs: lost.length}, {code: 'MODE_REFUSED'})
  }
  const routers = needed.filter(({verdict}) => verdict === 'router')
  return [...new Map(routers.map((way) => [`${way.via} ${way.podCidr}`, way])).values()]
}
