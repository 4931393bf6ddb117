import {describeRule, peerTables, type RouteRule} from '../host/peer-tables.ts'
import {placeOf} from '../host/routes.ts'
import type {Surroundings} from './changes.ts'
import type {Ledger} from './ledger.ts'

/** How peers are to be reached, as far as the order of the changes depends on it. */
export function peerWays({
  rules,
  routes,
  tunnelEndpoints,
  ways,
}: Ledger): Pick<Surroundings, 'isFabrics' | 'isDirect' | 'directRoutes' | 'isTunnelEndpoint' | 'tunnelWays'> {
  const {nearDirect, nearTunnel, farTunnel} = peerTables
  const isLookedUp = (rule: RouteRule) => rules.has(describeRule(rule))
  return {
    isFabrics: (podCidr) =>
      !isLookedUp(farTunnel) && routes.has(placeOf({to: podCidr, dev: '', table: farTunnel.table})),
    isDirect: !isLookedUp(nearTunnel),
    directRoutes: () => routes.values().filter(({table}) => table === nearDirect.table),
    isTunnelEndpoint: (ip) => tunnelEndpoints.has(ip),
    tunnelWays: () => ways.values(),
  }
}
