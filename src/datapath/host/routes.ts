import {familyOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import {names} from '../../model/names.ts'
import {needsTunnel} from '../../model/traffic-mode.ts'

/** rtm_protocol of every route of ours (rtnetlink(7): 5 and above are free): by it we know them from a user's. */
export const routeProtocol = '165'

/** One route a peer, or none where the fabric must know the way (noEncap to another subnet). */
export function peerRoutes({wiring, mode, peers}: NodeNetwork): readonly KernelRoute[] {
  return peers
    .filter(({podCidr}) => familyOf(podCidr) === 4)
    .flatMap((peer) => {
      if (needsTunnel(mode, peer)) return [throughTunnel(peer)]
      return peer.sameSubnet ? [direct(peer, wiring.transportDevice)] : []
    })
}

export function isOurs(route: KernelRoute): boolean {
  return route.protocol === routeProtocol
}

/** Into br-int, whose flows tunnel it: onlink, because the peer's gateway is no neighbour of the kernel's. */
export function throughBridge({dev}: KernelRoute): boolean {
  return dev === names.gatewayPort
}

/** Everything on which two routes of ours can differ. */
export function sameRoute(a: KernelRoute, b: KernelRoute): boolean {
  return a.to === b.to && a.via === b.via && a.dev === b.dev && (a.onlink ?? false) === (b.onlink ?? false)
}

function throughTunnel({podCidr, gatewayIp}: PeerNode): KernelRoute {
  return {to: podCidr, via: gatewayIp, dev: names.gatewayPort, onlink: true, protocol: routeProtocol}
}

function direct({podCidr, transportIp}: PeerNode, dev: string): KernelRoute {
  return {to: podCidr, via: transportIp, dev, protocol: routeProtocol}
}
