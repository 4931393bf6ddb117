import {type Cidr, contains, type Ip, parseCidr, parseIp, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {NextHop} from './state.ts'

/** The next hops towards these addresses, each once; an address without a route is left out. On-link it is itself. */
export function nextHops(addresses: readonly Ip[], routes: readonly KernelRoute[]): readonly NextHop[] {
  const lookup = routeLookup(routes)
  const hops = new Map<string, NextHop>()
  for (const ip of addresses) {
    const best = lookup(ip)
    if (best === undefined) continue
    const hop = {ip: best.via === undefined ? ip : parseIp(best.via), dev: best.dev}
    hops.set(`${hop.ip} ${hop.dev}`, hop)
  }
  return [...hops.values()]
}

/** As the kernel chooses: the longest prefix, then the lowest metric. */
export function routeLookup(routes: readonly KernelRoute[]): (ip: Ip) => KernelRoute | undefined {
  const table = routes
    .map((route) => ({route, to: destinationOf(route.to)}))
    .toSorted((a, b) => prefixOf(b.to) - prefixOf(a.to) || (a.route.metric ?? 0) - (b.route.metric ?? 0))
  return (ip) => table.find(({to}) => contains(to, ip))?.route
}

/** iproute2 prints a host's route without its prefix, and "default". */
export function destinationOf(to: string): Cidr {
  if (to === 'default') return parseCidr('0.0.0.0/0')
  return parseCidr(to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`)
}
