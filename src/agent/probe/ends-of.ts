import {AntctlError} from '../../model/errors.ts'
import {type ProbeAgent, probeLimits, probeLoad, type ProbeOrder} from '../../model/probe.ts'
import type {Stream} from './work.ts'

export interface EndsOfSession {
  /** Whom this Node sends to, or is sent to by. */
  readonly others: readonly string[]
  /** Whom it sends to. */
  readonly targets: readonly string[]
}

/** Throws USAGE where the order is beyond what a Node may send. */
export function endsOf(node: string, order: ProbeOrder): EndsOfSession {
  const load = probeLoad(node, order)
  if (load > probeLimits.budget)
    throw new AntctlError('USAGE', `it would send ${load} packets a second, more than ${probeLimits.budget}`)
  const pairs = order.pairs.filter(({from, to}) => from !== to && (from === node || to === node))
  return {
    others: [...new Set(pairs.map(({from, to}) => (from === node ? to : from)))],
    targets: [...new Set(pairs.flatMap(({from, to}) => (from === node ? [to] : [])))],
  }
}

/** None to an end that is not there. */
export function streamsTo(to: string, agent: ProbeAgent | undefined, forms: ProbeOrder['forms']): readonly Stream[] {
  if (agent === undefined || !('addresses' in agent)) return []
  return [...new Set(forms)].map((form) => ({to, form, ip: agent.addresses[form]}))
}
