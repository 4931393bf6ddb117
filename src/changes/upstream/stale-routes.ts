import {addressAt, type Cidr, familyOf, type Ip} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import {names} from '../../model/names.ts'
import {expectedWays} from '../set-mode/expected-classes.ts'

/** A route into the tunnel that upstream's agent leaves behind in noEncap: what it takes then goes round and round. */
export interface StaleRoute {
  readonly node: string
  readonly podCidr: Cidr
  /** The peer's gateway, which nobody answers for any more. */
  readonly via: Ip
}

/** Those that each Node may be left with: to peers in another subnet. IPv6 is cleaned up by upstream itself. */
export function staleRoutesIn(infos: readonly AgentInfo[], nodes: readonly string[]): readonly StaleRoute[] {
  const ways = expectedWays(infos)
  return nodes.flatMap((node) =>
    ways(node, 'noEncap')
      .filter((way) => way.class === 'fabric' && familyOf(way.podCidr) === 4)
      .map(({podCidr}) => ({node, podCidr, via: addressAt(podCidr, 1)})),
  )
}

/** As ip(8) takes it, and as it is shown. */
export function removalOf({podCidr, via}: StaleRoute): readonly string[] {
  return ['ip', 'route', 'del', podCidr, 'via', via, 'dev', names.gatewayPort]
}

export function commandFor(route: StaleRoute): string {
  return `on ${route.node}: ${removalOf(route).join(' ')}`
}
