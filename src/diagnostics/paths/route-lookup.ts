import {bitsOf, type Cidr, type Ip, networkOf, parseCidr, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'

/**
 * The route that the kernel takes: of a table that is looked up before the main one, else of that; of these the longest
 * prefix that holds the address, then the lowest metric (fib_lookup).
 */
export function lookupRoute(routes: readonly KernelRoute[], ip: Ip): KernelRoute | undefined {
  for (const {byNetwork, prefixes} of tablesOf(routes)) {
    for (const prefix of prefixes) {
      const route = prefix <= bitsOf(ip) ? byNetwork.get(networkOf(ip, prefix)) : undefined
      if (route !== undefined) return route
    }
  }
  return undefined
}

interface RouteTable {
  readonly byNetwork: ReadonlyMap<string, KernelRoute>
  /** That occur, the longest first. */
  readonly prefixes: readonly number[]
}

/** A Node of a large cluster has a route to each of thousands, and is asked for each of them. */
const known = new WeakMap<readonly KernelRoute[], readonly RouteTable[]>()

/** What is looked up before the main table, and that. */
function tablesOf(routes: readonly KernelRoute[]): readonly RouteTable[] {
  const found = known.get(routes)
  if (found !== undefined) return found
  const {before = [], main = []} = Object.groupBy(routes, ({table}) => (table === undefined ? 'main' : 'before'))
  const tables = [tableOf(before), tableOf(main)]
  known.set(routes, tables)
  return tables
}

function tableOf(routes: readonly KernelRoute[]): RouteTable {
  const byNetwork = new Map<string, KernelRoute>()
  for (const route of routes) {
    const to = destinationOf(route)
    const other = to === undefined ? undefined : byNetwork.get(to)
    if (to !== undefined && (other === undefined || (route.metric ?? 0) < (other.metric ?? 0))) byNetwork.set(to, route)
  }
  const prefixes = new Set([...byNetwork.values()].flatMap((route) => destinationOf(route) ?? []).map(prefixOf))
  return {byNetwork, prefixes: [...prefixes].sort((a, b) => b - a)}
}

export function isDefault(route: KernelRoute): boolean {
  const to = destinationOf(route)
  return to !== undefined && prefixOf(to) === 0
}

/** "10.244.2.0/24 via 172.30.1.12 dev br-phy table 166", as ip-route(8) writes it. */
export function describeRoute({to, via, dev, onlink, table}: KernelRoute): string {
  return [
    to,
    via === undefined ? '' : `via ${via}`,
    `dev ${dev}`,
    onlink === true ? 'onlink' : '',
    table === undefined ? '' : `table ${table}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** iproute2 says "default", and leaves the prefix of a host route away. */
function destinationOf({to}: KernelRoute): Cidr | undefined {
  try {
    if (to === 'default') return parseCidr('0.0.0.0/0')
    return parseCidr(to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`)
  } catch {
    return undefined
  }
}
