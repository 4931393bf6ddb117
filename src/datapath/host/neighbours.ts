import {type Cidr, contains, type Ip, parseCidr, parseIp, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {NextHop} from './state.ts'

/** The next hops towards these addresses, each once; an address without a route is left out. */
export function nextHops(addresses: readonly Ip[], routes: readonly KernelRoute[]): readonly NextHop[] {
  const table = byChoice(routes)
  const hops = new Map<string, NextHop>()
  for (const ip of addresses) {
    const best = table.find(({to}) => contains(to, ip))?.route
    if (best === undefined) continue
    const hop = {ip: best.via === undefined ? ip : parseIp(best.via), dev: best.dev}
    hops.set(`${hop.ip} ${hop.dev}`, hop)
  }
  return [...hops.values()]
}

/** As the kernel chooses: the longest prefix, then the lowest metric. On-link it is the address itself. */
function byChoice(routes: readonly KernelRoute[]): readonly {readonly route: KernelRoute; readonly to: Cidr}[] {
  return routes
    .map((route) => ({route, to: destinationOf(route)}))
    .toSorted((a, b) => prefixOf(b.to) - prefixOf(a.to) || (a.route.metric ?? 0) - (b.route.metric ?? 0))
}

/** iproute2 prints a host's route without its prefix, and "default". */
function destinationOf({to}: KernelRoute): Cidr {
  if (to === 'default') return parseCidr('0.0.0.0/0')
  return parseCidr(to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`)
}
