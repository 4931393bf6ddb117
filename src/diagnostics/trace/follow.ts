import type {KernelRoute, PodInterface} from '../../model/agent-api.ts'
import {names, ofports} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {BridgeExit, NodeHop, Trace, TraceEnd, TraceRequest} from '../../model/trace.ts'
import {lookupRoute} from '../paths/route-lookup.ts'
import type {Underlay} from '../paths/underlay.ts'
import {decidingFlow} from './deciding.ts'
import {type Crossing, judgeHop} from './judge-hop.ts'
import {parseTrace, type TraceExit} from './parse.ts'

/** What a trace asks of Nodes; live agents and a test's recordings answer alike. */
export interface TraceSources {
  readonly underlay: Underlay
  /** Text of ofproto/trace. */
  trace(node: string, query: Stop): Promise<string>
  /** undefined: this agent cannot say (upstream's has no such answer). */
  routes(node: string): Promise<readonly KernelRoute[] | undefined>
  podInterfaces(node: string): Promise<readonly PodInterface[]>
  /** Name of an OpenFlow table on that Node, where it is known. */
  tableName(node: string, id: number): string | undefined
}

/** One bridge that the packet enters: by which port, and what it looks like to that Node's agent. */
export interface Stop {
  readonly port?: string
  readonly source: string
  readonly destination: string
  readonly flow?: string
}

/** By name and by number: which of the two a Node uses is its own affair. */
const tunnelPorts: ReadonlySet<string> = new Set([
  names.tunnelPort,
  names.secondTunnelPort,
  String(ofports.tunnel),
  String(ofports.secondTunnel),
])

/** More bridges than any sound path has: source, a detour through the gateway, destination, and as much again. */
const mostHops = 6

/** Follows one packet, one way, until it is delivered, dropped, lost or out of the cluster. */
export async function followPacket(request: TraceRequest, sources: TraceSources): Promise<Trace> {
  const {source, destination} = request
  const hops: NodeHop[] = []
  const says: string[] = []
  let at: {node: string; port?: string; crossing: Crossing} = {node: source.node, crossing: 'none'}
  while (hops.length < mostHops) {
    const hop = await lookAt(at.node, stopAt(request, at), sources, destination)
    hops.push(hop)
    const step = judgeHop({
      hop,
      destination,
      crossing: at.crossing,
      underlay: sources.underlay,
      reached: hop.exit.way === 'port' ? await podAt(hop.exit.port, at.node, sources) : undefined,
      towardsPeer: hop.exit.way === 'gateway' ? await wayToNode(at.node, destination, sources) : undefined,
      routesKnown: hop.exit.way !== 'gateway' || (await sources.routes(at.node)) !== undefined,
    })
    says.push(step.says)
    if ('verdict' in step) return {source, destination, verdict: step.verdict, reason: says.join('; '), hops}
    at = step.go
  }
  says.push(`it was not delivered after ${mostHops} bridges: a loop`)
  return {source, destination, verdict: 'broken', reason: says.join('; '), hops}
}

/** A Pod is named where it lives, so that the agent gives the packet that Pod's MAC; elsewhere only its address means anything. */
function stopAt(request: TraceRequest, {node, port}: {readonly node: string; readonly port?: string}): Stop {
  const {source, destination, flow} = request
  return {
    ...(port !== undefined && {port}),
    source: port === undefined ? describePod(source.pod) : source.ip,
    destination:
      destination.pod !== undefined && destination.node === node ? describePod(destination.pod) : destination.ip,
    ...(flow !== undefined && {flow}),
  }
}

async function lookAt(node: string, stop: Stop, sources: TraceSources, destination: TraceEnd): Promise<NodeHop> {
  const text = await sources.trace(node, stop)
  const parsed = parseTrace(text, {
    table: (id) => sources.tableName(node, id),
    isTunnel: (port) => tunnelPorts.has(port),
  })
  const exit = await nameExit(parsed.exit, node, sources)
  const routes = exit.way === 'gateway' ? await sources.routes(node) : undefined
  const route = routes === undefined ? undefined : lookupRoute(routes, destination.ip)
  const deciding = exit.way === 'dropped' ? parsed.tables.at(-1) : decidingFlow(parsed.tables)
  return {
    node,
    inPort: stop.port ?? (await portName(parsed.inPort, node, sources)),
    tables: parsed.tables,
    ...(deciding !== undefined && {deciding}),
    exit,
    ...(route !== undefined && {route}),
  }
}

/** How that Node's kernel reaches the Node of the destination itself. */
async function wayToNode(from: string, {node}: TraceEnd, sources: TraceSources): Promise<KernelRoute | undefined> {
  const routes = await sources.routes(from)
  const peer = sources.underlay.nodes.find(({name}) => name === node)?.transport[0]
  return routes === undefined || peer === undefined ? undefined : lookupRoute(routes, peer.ip)
}

async function nameExit(exit: TraceExit, node: string, sources: TraceSources): Promise<BridgeExit> {
  switch (exit.way) {
    case 'dropped':
    case 'unknown':
      return exit
    case 'tunnel':
      return {...exit, port: await portName(exit.port, node, sources)}
    case 'port': {
      const port = await portName(exit.port, node, sources)
      return port === names.gatewayPort ? {way: 'gateway', port} : {way: 'port', port}
    }
  }
}

async function portName(port: string, node: string, sources: TraceSources): Promise<string> {
  if (port === String(ofports.gateway)) return names.gatewayPort
  if (tunnelPorts.has(port)) return names.tunnelPort
  if (!/^\d+$/u.test(port)) return port
  const pods = await sources.podInterfaces(node)
  return pods.find(({ofPort}) => String(ofPort) === port)?.interfaceName ?? `port ${port}`
}

async function podAt(port: string, node: string, sources: TraceSources): Promise<string | undefined> {
  const pods = await sources.podInterfaces(node)
  const pod = pods.find(({interfaceName}) => interfaceName === port)
  return pod === undefined ? undefined : describePod({namespace: pod.podNamespace, name: pod.name})
}
