import type {KernelRoute} from '../../model/agent-api.ts'
import {isOurs, routeProtocol} from './routes.ts'

/**
 * Bytes of an IP packet. What a Pod takes in is the MTU of its devices: as much as the transport interface, in every mode,
 * so that no Node has to know what another one sends. What it may send is the `mtu` of its routes.
 */
export interface PodSizes {
  readonly takes: number
  readonly sends: number
}

/** The veth pair of one Pod as it is. */
export interface PodEnds {
  /** The Node's end. */
  readonly interfaceName: string
  /** A path that names the Pod's network namespace. */
  readonly netns: string
  /** The Pod's end. */
  readonly ifName: string
  /** The smaller MTU of the two. */
  readonly takes: number
  /** Of the Pod's main table those by the gateway: all but the way to Pods of the same Node. */
  readonly routes: readonly KernelRoute[]
}

/** What is to be written for one Pod. */
export interface PodResize {
  readonly interfaceName: string
  readonly netns: string
  readonly ifName: string
  /** For both devices; undefined: they take enough. They never shrink, because a peer may still send more. */
  readonly takes?: number
  readonly routes: readonly KernelRoute[]
  /** May the Pod send more than before? */
  readonly grows: boolean
}

/** undefined: the Pod is as it must be. A route that somebody made smaller than needed stays. */
export function resize({takes, routes, ...pod}: PodEnds, wanted: PodSizes): PodResize | undefined {
  const changed = routes.filter((route) => mustChange(route, wanted.sends))
  if (changed.length === 0 && takes >= wanted.takes) return undefined
  return {
    ...pod,
    ...(takes < wanted.takes && {takes: wanted.takes}),
    routes: changed.map((route) => ({...route, protocol: routeProtocol, mtu: wanted.sends})),
    grows: changed.some(({mtu = takes}) => mtu < wanted.sends),
  }
}

function mustChange(route: KernelRoute, sends: number): boolean {
  if (isOurs(route)) return route.mtu !== sends
  return route.mtu === undefined || route.mtu > sends
}
