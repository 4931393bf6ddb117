import {addressAt, type Cidr, contains, familyOf, networkOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {nextStop} from './next-stop.ts'
import {lookupRoute} from './route-lookup.ts'
import {throughBridge} from './through-bridge.ts'
import type {Underlay} from './underlay.ts'

/** How packets of one Node would reach the Pods of another without a tunnel. */
export interface FabricWay {
  readonly from: string
  readonly to: string
  readonly podCidr: Cidr
  /**
   * known: the Node's own table leads to the other Node. router: it leads to `via`, which must know the podCIDR; nobody
   * who was asked can say whether it does. missing: it leads nowhere.
   */
  readonly verdict: 'known' | 'router' | 'missing'
  readonly via?: string
  /** The router on the way to the other Node itself, which is the one to ask where the way to its Pods is missing. */
  readonly towards?: string
  /** Transport address of `to`: whoever is asked for the podCIDR must send it there. */
  readonly peerIp?: string
  readonly why: string
  /** By the mask of `from`: such a way needs no routes of others. */
  readonly sameSubnet: boolean
}

export interface FabricFacts {
  readonly from: string
  /** Of the kernel of `from`. */
  readonly routes: readonly KernelRoute[]
  readonly underlay: Underlay
}

/** From one Node to all others, by what its kernel holds beside the ways into the tunnel, which go with the mode. */
export function fabricWays({from, routes, underlay}: FabricFacts): readonly FabricWay[] {
  const rest = routes.filter((route) => !throughBridge(route))
  const own = underlay.nodes.find(({name}) => name === from)?.transport ?? []
  const subnets = own.map(({ip, prefix}) => networkOf(ip, prefix))
  return underlay.nodes
    .filter(({name}) => name !== from)
    .flatMap(({name, podCidrs, transport}) =>
      podCidrs.map((podCidr) => {
        const peer = transport.find(({ip}) => familyOf(ip) === familyOf(podCidr))
        const towardsPeer = peer && lookupRoute(rest, peer.ip)
        return {
          from,
          to: name,
          podCidr,
          ...(peer !== undefined && {peerIp: peer.ip}),
          sameSubnet: peer !== undefined && subnets.some((subnet) => contains(subnet, peer.ip)),
          ...(towardsPeer?.via !== undefined && {towards: towardsPeer.via}),
          ...judge({from, to: name, podCidr, underlay}, rest, towardsPeer),
        }
      }),
    )
}

type Pair = Pick<FabricWay, 'from' | 'to' | 'podCidr'> & {readonly underlay: Underlay}

function judge(
  {from, to, podCidr, underlay}: Pair,
  routes: readonly KernelRoute[],
  towardsPeer: KernelRoute | undefined,
): Pick<FabricWay, 'verdict' | 'via' | 'why'> {
  const ip = addressAt(podCidr, 2)
  const route = lookupRoute(routes, ip)
  const stop = nextStop({node: from, destination: {ip, node: to}, route, towardsPeer, underlay})
  switch (stop.to) {
    case 'node':
      return {verdict: 'known', why: `its kernel knows the way to ${to}`}
    case 'fabric':
      return {verdict: 'router', via: stop.via, why: `it leaves ${podCidr} to ${stop.via}`}
    case 'nowhere':
      return {verdict: 'missing', why: stop.why}
    case 'bridge':
    case 'outside':
      return {verdict: 'missing', why: `its route to ${podCidr} does not lead to ${to}`}
  }
}
