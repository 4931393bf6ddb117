import {type Cidr, contains, type Ip, parseCidr, parseIp, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {NextHop} from './state.ts'

/** The next hops towards these addresses, each once; an address without a route is left out. */
export function nextHops(addresses: readonly Ip[], routes: readonly KernelRoute[]): readonly NextHop[] {
  const table = routes.map((route) => ({route, to: destinationOf(route)}))
  const hops = addresses.flatMap((ip) => nextHop(ip, table) ?? [])
  return [...new Map(hops.map((hop) => [`${hop.ip} ${hop.dev}`, hop])).values()]
}

/** As the kernel chooses: the longest prefix, then the lowest metric. On-link it is the address itself. */
function nextHop(ip: Ip, table: readonly {readonly route: KernelRoute; readonly to: Cidr}[]): NextHop | undefined {
  const [best] = table
    .filter(({to}) => contains(to, ip))
    .toSorted((a, b) => prefixOf(b.to) - prefixOf(a.to) || (a.route.metric ?? 0) - (b.route.metric ?? 0))
  if (best === undefined) return undefined
  return {ip: best.route.via === undefined ? ip : parseIp(best.route.via), dev: best.route.dev}
}

/** iproute2 prints a host's route without its prefix, and "default". */
function destinationOf({to}: KernelRoute): Cidr {
  if (to === 'default') return parseCidr('0.0.0.0/0')
  return parseCidr(to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`)
}
