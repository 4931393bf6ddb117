import type {KernelRoute} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {BridgeExit, NodeHop, TraceEnd, TraceVerdict} from '../../model/trace.ts'
import {nextStop} from '../paths/next-stop.ts'
import {describeRoute} from '../paths/route-lookup.ts'
import type {Underlay} from '../paths/underlay.ts'
import {describeFlow} from './deciding.ts'

/** How the packet came to a Node; `fabric`: if a router that is no Node of ours knows the way, which nobody asked can say. */
export type Crossing = 'none' | 'tunnel' | 'route' | 'fabric'

/** After one bridge: it goes on at a Node's port, or the story ends. `says` is the clause for the reason. */
export type Step =
  | {readonly go: {readonly node: string; readonly port: string; readonly crossing: Crossing}; readonly says: string}
  | {readonly verdict: TraceVerdict; readonly says: string}

export interface HopFacts {
  readonly hop: NodeHop
  readonly destination: TraceEnd
  readonly crossing: Crossing
  readonly underlay: Underlay
  /** "namespace/name" of the Pod behind the port by which it left. */
  readonly reached?: string | undefined
  /** The kernel's route to the transport address of the destination's Node. */
  readonly towardsPeer?: KernelRoute | undefined
  /** Does this agent tell the kernel's routes? */
  readonly routesKnown: boolean
}

/** Pure: flows, routes and addresses in, the next step out. The traffic mode is not among them. */
export function judgeHop(facts: HopFacts): Step {
  const {hop} = facts
  const flow = hop.deciding === undefined ? 'no flow' : describeFlow(hop.deciding)
  const {exit} = hop
  switch (exit.way) {
    case 'dropped':
      return {verdict: 'dropped', says: `${hop.node} drops it: ${exit.reason}`}
    case 'unknown':
      return {verdict: 'unknown', says: `${hop.node}: ${exit.reason}`}
    case 'port':
      return atPort(facts, exit.port, `${hop.node}: ${flow}`)
    case 'tunnel':
      return intoTunnel(facts, exit, `${hop.node}: ${flow} sends it into the tunnel to ${exit.tunDst}`)
    case 'gateway':
      return atGateway(facts, `${hop.node}: ${flow} hands it to ${exit.port}`)
  }
}

const delivered = {none: 'same-node', tunnel: 'tunnelled', route: 'routed', fabric: 'unknown'} as const

function atPort({destination, crossing, reached}: HopFacts, port: string, clause: string): Step {
  const wanted = destination.pod === undefined ? undefined : describePod(destination.pod)
  if (wanted !== undefined && reached !== wanted) {
    return {verdict: 'broken', says: `${clause} hands it to ${reached ?? port}, which is not ${wanted}`}
  }
  const condition = crossing === 'fabric' ? ', if the router before it knows the way' : ''
  return {verdict: delivered[crossing], says: `${clause} delivers it to ${reached ?? port}${condition}`}
}

function intoTunnel({hop, destination, underlay}: HopFacts, exit: BridgeExit & {way: 'tunnel'}, clause: string): Step {
  const owner = underlay.ownerOf(exit.tunDst)
  if (owner === undefined) return {verdict: 'broken', says: `${clause}, which is no Node's transport address`}
  if (owner === hop.node) return {verdict: 'broken', says: `${clause}, its own address`}
  if (destination.node !== undefined && owner !== destination.node) {
    return {verdict: 'broken', says: `${clause}, which is ${owner}, but ${destination.ip} is on ${destination.node}`}
  }
  return {go: {node: owner, port: names.tunnelPort, crossing: 'tunnel'}, says: `${clause}, which is ${owner}`}
}

function atGateway({hop, destination, underlay, crossing, towardsPeer, routesKnown}: HopFacts, clause: string): Step {
  const {node, route} = hop
  if (!routesKnown)
    return {verdict: 'unknown', says: `${clause}, but the agent of ${node} does not tell the kernel's routes`}
  const stop = nextStop({node, destination, route, towardsPeer, underlay})
  const by = `${clause}, and the kernel's route ${route === undefined ? '' : describeRoute(route)}`
  switch (stop.to) {
    case 'nowhere':
      return {verdict: 'broken', says: `${clause}, but ${stop.why}`}
    case 'outside':
      return {verdict: 'outside', says: `${by} leads out of the cluster`}
    case 'bridge':
      if (hop.inPort === names.gatewayPort)
        return {verdict: 'broken', says: `${by} sends it back into the bridge: a loop`}
      return {go: {node, port: names.gatewayPort, crossing}, says: `${by} sends it back into the bridge`}
    case 'fabric':
      return {
        go: {node: destination.node ?? node, port: names.gatewayPort, crossing: 'fabric'},
        says: `${by} leaves it to the router ${stop.via}`,
      }
    case 'node':
      return {go: {node: stop.node, port: names.gatewayPort, crossing: 'route'}, says: `${by} leads to ${stop.node}`}
  }
}
