import type {Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'
import {describeRoute, isDefault} from './route-lookup.ts'
import type {Underlay} from './underlay.ts'

/** Where the kernel's route takes a packet that the bridge handed to the gateway. */
export type NextStop =
  /** Straight to that Node's transport address. */
  | {readonly to: 'node'; readonly node: string}
  /** To a router that is no Node of ours: the fabric must know the way. */
  | {readonly to: 'fabric'; readonly via: string}
  /** Back into this Node's bridge. */
  | {readonly to: 'bridge'}
  /** Out of the cluster. */
  | {readonly to: 'outside'}
  | {readonly to: 'nowhere'; readonly why: string}

export interface AtGateway {
  readonly node: string
  /** `host`: it is that Node's own address. */
  readonly destination: {readonly ip: Ip; readonly node?: string | undefined; readonly host?: boolean | undefined}
  readonly route: KernelRoute | undefined
  /** To the transport address of the Node that has the destination: a router that takes the one may know the other. */
  readonly towardsPeer?: KernelRoute | undefined
  readonly underlay: Underlay
}

/** Judged by addresses alone: the traffic mode says what should be, never what is. */
export function nextStop({node, destination, route, towardsPeer, underlay}: AtGateway): NextStop {
  const {ip, node: home, host} = destination
  if (route === undefined) return nowhere(`the kernel of ${node} has no route to ${ip}`)
  if (route.type !== undefined && route.type !== 'unicast')
    return nowhere(`the kernel of ${node} holds a ${route.type} route to ${route.to}`)
  const said = `the kernel's route on ${node}, ${describeRoute(route)},`
  if (route.dev === names.gatewayPort) return {to: 'bridge'}
  if (home === undefined) return {to: 'outside'}
  if (home === node) return nowhere(`${said} leads out of the Node, but ${ip} is on it`)
  if (route.via === undefined && host === true) return {to: 'node', node: home}
  if (route.via === undefined) return nowhere(`${said} has no next hop: no Pod lives on ${route.dev}`)
  const owner = underlay.ownerOf(route.via)
  if (owner === home) return {to: 'node', node: owner}
  if (owner !== undefined) return nowhere(`${said} leads to ${owner}, but ${ip} is on ${home}`)
  if (host !== true && isDefault(route) && !(towardsPeer?.via === route.via && towardsPeer?.dev === route.dev)) {
    return nowhere(
      `${node} has no route of its own to ${ip}: only the default route via ${route.via}, which is no Node of this cluster`,
    )
  }
  return {to: 'fabric', via: route.via}
}

function nowhere(why: string): NextStop {
  return {to: 'nowhere', why}
}
