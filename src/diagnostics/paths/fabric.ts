import {addressAt, type Cidr, familyOf} from '../../model/address.ts'
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
  /** Transport address of `to`: whoever is asked for the podCIDR must send it there. */
  readonly peerIp?: string
  readonly why: string
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
  return underlay.nodes
    .filter(({name}) => name !== from)
    .flatMap(({name, podCidrs, transport}) =>
      podCidrs.map((podCidr) => {
        const peer = transport.find(({ip}) => familyOf(ip) === familyOf(podCidr))
        return {
          from,
          to: name,
          podCidr,
          ...(peer !== undefined && {peerIp: peer.ip}),
          ...judge({from, to: name, podCidr, underlay}, rest, peer && lookupRoute(rest, peer.ip)),
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
