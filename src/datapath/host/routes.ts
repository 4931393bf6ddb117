import type {KernelRoute} from '../../model/agent-api.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import {names} from '../../model/names.ts'
import {peerTables, type RouteRule} from './peer-tables.ts'

/** rtm_protocol of every route of ours (rtnetlink(7): 5 and above are free): by it we know them from a user's. */
export const routeProtocol = '165'

/** All ways to a peer, in any mode. */
export function peerRoutes(
  peer: PeerNode,
  {tunnelMtu, wiring}: Pick<NodeNetwork, 'tunnelMtu' | 'wiring'>,
): readonly KernelRoute[] {
  if (!peer.sameSubnet) return [throughTunnel(peer, tunnelMtu, peerTables.farTunnel)]
  return [direct(peer, wiring.transportDevice), throughTunnel(peer, tunnelMtu, peerTables.nearTunnel)]
}

export function isOurs(route: KernelRoute): boolean {
  return route.protocol === routeProtocol
}

/** Those of others by which the Node finds its peers. */
export function underlayOf(routes: readonly KernelRoute[]): readonly KernelRoute[] {
  return routes.filter((route) => route.table === undefined && !isOurs(route))
}

/**
 * Upstream's way into the tunnel, which nothing tells from a user's but its form, and to the addresses that its proxy
 * invents. Where ours is missing on purpose it would send packets back into the bridge, and hide the fabric's route.
 */
export function isLeftover({to, dev, via, onlink, protocol, table}: KernelRoute): boolean {
  if (dev !== names.gatewayPort || protocol !== 'boot' || table !== undefined) return false
  return via === undefined ? virtualAddresses.test(to) : onlink === true
}

/** Source: upstream pkg/agent/config (VirtualServiceIPv4, VirtualNodePortDNATIPv4, VirtualEgress…). */
const virtualAddresses = /^169\.254\.0\.25[123]\/32$/u

/** Routes of one place exclude each other: of several the kernel takes the first. */
export function placeOf({to, metric, table}: KernelRoute): string {
  const place = metric === undefined ? to : `${to} ${metric}`
  return table === undefined ? place : `${place} table ${table}`
}

/**
 * Ours, in the kernel's order; those of the main table are an earlier version's, and wanted nowhere. A wanted place has ours only where it is alone of us and counts:
 * where somebody's came before it, or an older one of ours stayed, putting it again mends both.
 */
export function ourRoutes(table: readonly KernelRoute[], isWanted: (place: string) => boolean): readonly KernelRoute[] {
  return [...Map.groupBy(table, placeOf)].flatMap(([place, rivals]) => {
    const ours = rivals.filter(isOurs)
    return isWanted(place) && (ours.length > 1 || ours[0] !== rivals[0]) ? [] : ours
  })
}

/** Into br-int, whose flows tunnel it: onlink, because the peer's gateway is no neighbour of the kernel's. */
export function throughBridge({dev}: KernelRoute): boolean {
  return dev === names.gatewayPort
}

/** Everything on which two routes of ours can differ. */
export function sameRoute(a: KernelRoute, b: KernelRoute): boolean {
  const sameWay = a.to === b.to && a.via === b.via && a.dev === b.dev && (a.onlink ?? false) === (b.onlink ?? false)
  return sameWay && a.type === b.type && a.mtu === b.mtu
}

/** The Node's own packets need as much room in the tunnel as the Pods' do. */
function throughTunnel({podCidr, gatewayIp}: PeerNode, mtu: number, {table}: RouteRule): KernelRoute {
  return {to: podCidr, via: gatewayIp, dev: names.gatewayPort, onlink: true, protocol: routeProtocol, mtu, table}
}

function direct({podCidr, transportIp}: PeerNode, dev: string): KernelRoute {
  return {to: podCidr, via: transportIp, dev, protocol: routeProtocol, table: peerTables.nearDirect.table}
}
