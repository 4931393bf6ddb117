import {parseCidr} from '../../model/address.ts'
import {askRoutes} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {liveFlows} from '../facts/live-flows.ts'
import {classifyPair, type PairPath} from './pair.ts'
import {underlayOf} from './underlay.ts'

/** How one Node's Pods reach every other Node's, from its live flows and routes. */
export async function observePairs(
  session: Pick<Session, 'infos' | 'roads'>,
  from: string,
): Promise<readonly PairPath[]> {
  const {infos, roads} = session
  const own = infos.find((info) => nodeOf(info) === from)
  const [{answers}, routes] = await Promise.all([
    liveFlows(session, [from], {tables: ['L3Forwarding']}),
    own !== undefined && isOurAgent(own) ? askRoutes(roads, from) : undefined,
  ])
  const flows = answers[0]?.answer ?? []
  const underlay = underlayOf(infos)
  return infos
    .filter((info) => nodeOf(info) !== from)
    .flatMap((info) =>
      info.nodeSubnets
        .filter((cidr) => !cidr.includes(':'))
        .map((cidr) => classifyPair({from, to: nodeOf(info), podCidr: parseCidr(cidr), flows, routes, underlay})),
    )
}
