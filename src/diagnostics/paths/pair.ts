import {addressAt, baseOf, type Cidr, contains, parseCidr, prefixOf} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {FlowRow} from '../flows/rows.ts'
import {type AtGateway, nextStop} from './next-stop.ts'
import {describeRoute, lookupRoute} from './route-lookup.ts'
import type {Underlay} from './underlay.ts'

/** How packets of one Node's Pods reach another's: judged from flow AND kernel route, never from the mode. */
export const pathClasses = {
  'same-node': 'switched on the Node',
  routed: 'routed to the Node without a tunnel',
  tunnelled: 'sent through the tunnel',
  fabric: 'routed, and left to a router to know the way',
  broken: 'does not lead there',
  unknown: 'cannot be told',
} as const
export type PathClass = keyof typeof pathClasses

export interface PairPath {
  readonly from: string
  readonly to: string
  readonly podCidr: string
  readonly class: PathClass
  /** One clause that names the flow and, where it matters, the route. */
  readonly why: string
  readonly flow?: FlowRow
  /** What the kernel of `from` does with that podCIDR: the way of the Node's own packets, and of routed Pods'. */
  readonly route?: KernelRoute
}

export interface PairFacts {
  readonly from: string
  readonly to: string
  readonly podCidr: Cidr
  /** Of table L3Forwarding on `from`. */
  readonly flows: readonly FlowRow[]
  /** undefined: that agent does not tell. */
  readonly routes: readonly KernelRoute[] | undefined
  readonly underlay: Underlay
}

export function classifyPair(facts: PairFacts): PairPath {
  const {from, to, podCidr, routes} = facts
  const flow = peerFlow(facts.flows, podCidr)
  // Any Pod address will do: .1 is the gateway's.
  const route = routes === undefined ? undefined : lookupRoute(routes, addressAt(podCidr, 2))
  const peer = facts.underlay.nodes.find(({name}) => name === to)?.transport[0]
  const towardsPeer = routes === undefined || peer === undefined ? undefined : lookupRoute(routes, peer.ip)
  const path = {from, to, podCidr, ...(flow !== undefined && {flow}), ...(route !== undefined && {route})}
  return {...path, ...judge(facts, flow, {route, towardsPeer})}
}

function judge(
  {from, to, podCidr, routes, underlay}: PairFacts,
  flow: FlowRow | undefined,
  {route, towardsPeer}: Pick<AtGateway, 'route' | 'towardsPeer'>,
): {readonly class: PathClass; readonly why: string} {
  if (from === to) return {class: 'same-node', why: `${podCidr} is on the Node itself`}
  if (flow === undefined) return {class: 'broken', why: `L3Forwarding of ${from} has no flow to ${podCidr}`}
  const named = `L3Forwarding priority ${flow.priority} ${flow.match}`
  const way = wayOf(flow)
  switch (way.to) {
    case 'tunnel': {
      const owner = underlay.ownerOf(way.tunDst)
      if (owner === to) return {class: 'tunnelled', why: `${named} sets tun_dst ${way.tunDst}, which is ${to}`}
      return {class: 'broken', why: `${named} sets tun_dst ${way.tunDst}, which is ${owner ?? 'no Node'}, not ${to}`}
    }
    case 'gateway': {
      if (routes === undefined)
        return {class: 'unknown', why: `${named} hands it to the gateway; the agent does not tell the kernel's routes`}
      const stop = nextStop({
        node: from,
        destination: {ip: addressAt(podCidr, 2), node: to},
        route,
        towardsPeer,
        underlay,
      })
      const by = `${named} hands it to the gateway; route ${route === undefined ? 'none' : describeRoute(route)}`
      if (stop.to === 'node') return {class: 'routed', why: `${by} leads to ${to}`}
      if (stop.to === 'fabric') return {class: 'fabric', why: `${by} leaves it to ${stop.via}`}
      if (stop.to === 'nowhere') return {class: 'broken', why: `${named} hands it to the gateway; ${stop.why}`}
      return {
        class: 'broken',
        why: `${by} leads ${stop.to === 'bridge' ? 'back into the bridge' : 'out of the cluster'}`,
      }
    }
    case 'elsewhere':
      return {class: 'broken', why: `${named} neither tunnels nor routes it: ${flow.actions || 'drop'}`}
  }
}

/** The flow that takes packets of Pods to this podCIDR: not those for packets from the gateway (reg0) or of a probe (nw_src). */
function peerFlow(flows: readonly FlowRow[], podCidr: Cidr): FlowRow | undefined {
  return flows
    .filter(({table, match}) => table === 'L3Forwarding' && !/(?:^|,)(?:reg0|ct_mark|in_port|nw_src)=/u.test(match))
    .filter((flow) => covers(flow, podCidr))
    .sort((a, b) => b.priority - a.priority)[0]
}

function covers({match}: FlowRow, podCidr: Cidr): boolean {
  const text = /(?:^|,)(?:nw_dst|ipv6_dst)=([^,]+)/u.exec(match)?.[1]
  if (text === undefined) return false
  try {
    const cidr = parseCidr(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)
    return prefixOf(cidr) <= prefixOf(podCidr) && contains(cidr, baseOf(podCidr))
  } catch {
    return false
  }
}

type Way = {readonly to: 'tunnel'; readonly tunDst: string} | {readonly to: 'gateway'} | {readonly to: 'elsewhere'}

/** Bits 4-7 of reg0 are the destination: 1 tunnel, 2 gateway. Source: upstream pkg/agent/openflow/fields.go. */
function wayOf({actions}: FlowRow): Way {
  const tunDst = /(?:set_field:([0-9a-f.:]+)->tun_(?:ipv6_)?dst)(?:,|$)/u.exec(actions)?.[1]
  if (tunDst !== undefined) return {to: 'tunnel', tunDst}
  if (/set_field:0x20\/0xf0->reg0|load:0x2->NXM_NX_REG0\[4\.\.7\]/u.test(actions)) return {to: 'gateway'}
  return {to: 'elsewhere'}
}
