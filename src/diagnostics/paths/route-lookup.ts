import {contains, type Cidr, type Ip, parseCidr, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'

/** The route that the kernel takes: the longest prefix that holds the address, of these the lowest metric (fib_lookup). */
export function lookupRoute(routes: readonly KernelRoute[], ip: Ip): KernelRoute | undefined {
  return routes
    .flatMap((route) => {
      const to = destinationOf(route)
      return to !== undefined && contains(to, ip) ? [{route, prefix: prefixOf(to)}] : []
    })
    .sort((a, b) => b.prefix - a.prefix || (a.route.metric ?? 0) - (b.route.metric ?? 0))[0]?.route
}

export function isDefault(route: KernelRoute): boolean {
  const to = destinationOf(route)
  return to !== undefined && prefixOf(to) === 0
}

/** "10.244.2.0/24 via 172.30.1.12 dev br-phy onlink", as ip-route(8) writes it. */
export function describeRoute({to, via, dev, onlink}: KernelRoute): string {
  return [to, via === undefined ? '' : `via ${via}`, `dev ${dev}`, onlink === true ? 'onlink' : '']
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
