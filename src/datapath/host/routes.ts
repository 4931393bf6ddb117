import type {KernelRoute} from '../../model/agent-api.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import {names} from '../../model/names.ts'
import {needsTunnel} from '../../model/traffic-mode.ts'

/** rtm_protocol of every route of ours (rtnetlink(7): 5 and above are free): by it we know them from a user's. */
export const routeProtocol = '165'

/** The peer's one route, or none where the fabric must know the way (noEncap to another subnet). */
export function peerRoute(
  peer: PeerNode,
  {mode, podMtu, wiring}: Pick<NodeNetwork, 'mode' | 'podMtu' | 'wiring'>,
): KernelRoute | undefined {
  if (needsTunnel(mode, peer)) return throughTunnel(peer, podMtu)
  return peer.sameSubnet ? direct(peer, wiring.transportDevice) : undefined
}

export function isOurs(route: KernelRoute): boolean {
  return route.protocol === routeProtocol
}

/**
 * Upstream's way into the tunnel, which nothing tells from a user's but its form, and to the addresses that its proxy
 * invents. Where ours is missing on purpose it would send packets back into the bridge, and hide the fabric's route.
 */
export function isLeftover({to, dev, via, onlink, protocol}: KernelRoute): boolean {
  if (dev !== names.gatewayPort || protocol !== 'boot') return false
  return via === undefined ? virtualAddresses.test(to) : onlink === true
}

/** Source: upstream pkg/agent/config (VirtualServiceIPv4, VirtualNodePortDNATIPv4, VirtualEgress…). */
const virtualAddresses = /^169\.254\.0\.25[123]\/32$/u

/** Routes of one place exclude each other: of several the kernel takes the first. */
export function placeOf({to, metric}: KernelRoute): string {
  return metric === undefined ? to : `${to} ${metric}`
}

/**
 * Ours out of the main table, in the kernel's order. A wanted place has ours only where it is alone of us and counts:
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
function throughTunnel({podCidr, gatewayIp}: PeerNode, mtu: number): KernelRoute {
  return {to: podCidr, via: gatewayIp, dev: names.gatewayPort, onlink: true, protocol: routeProtocol, mtu}
}

function direct({podCidr, transportIp}: PeerNode, dev: string): KernelRoute {
  return {to: podCidr, via: transportIp, dev, protocol: routeProtocol}
}
