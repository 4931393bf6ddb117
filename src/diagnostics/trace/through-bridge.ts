import {names, ofports} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {BridgeExit, BridgeHop} from '../../model/trace.ts'
import {crossWire} from './cross-wire.ts'
import {decidingFlow, describeFlow} from './deciding.ts'
import {deliveredAs} from './delivered.ts'
import {connectionKey, isArp, type Ending, type Journey, type Place, type State, type Step} from './journey.ts'
import {parseTrace, type TraceExit} from './parse.ts'
import type {Stop, TraceSources} from './sources.ts'

type Bridge = Place & {readonly at: 'bridge'}

/** By name and by number: which of the two a Node uses is its own affair. */
const tunnelPorts: ReadonlySet<string> = new Set([
  names.tunnelPort,
  names.secondTunnelPort,
  String(ofports.tunnel),
  String(ofports.secondTunnel),
])

/** From the text of ofproto/trace to where the packet goes on. */
export async function throughBridge(place: Bridge, state: State, journey: Journey): Promise<Step> {
  const hop = await lookAt(place, state, journey)
  remember(hop, journey)
  const {exit, node} = hop
  // A question for a MAC goes no further than the bridge: whoever gets it answers for himself.
  if (isArp(state.packet.flow) && (exit.way === 'gateway' || exit.way === 'port'))
    return {hops: [hop], next: {verdict: 'same-node'}}
  switch (exit.way) {
    case 'dropped':
      return {hops: [hop], next: {verdict: 'dropped'}}
    case 'unknown':
      return {hops: [hop], next: {verdict: 'unknown'}}
    case 'port':
      return {hops: [hop], next: await atPort(exit.port, node, state, journey)}
    case 'gateway':
      return {hops: [hop], next: {...state, place: {at: 'kernel', node, in: 'gateway'}}}
    case 'tunnel':
      return intoTunnel(hop, exit, state, journey)
  }
}

async function lookAt({node, port}: Bridge, {packet}: State, journey: Journey): Promise<BridgeHop> {
  const {sources} = journey
  const text = await sources.trace(
    node,
    stopAt({at: 'bridge', node, ...(port !== undefined && {port})}, packet, journey),
  )
  const parsed = parseTrace(text, {
    table: (id) => sources.tableName(node, id),
    isTunnel: (name) => tunnelPorts.has(name),
  })
  const exit = await nameExit(parsed.exit, node, sources)
  const deciding = exit.way === 'dropped' ? parsed.tables.at(-1) : decidingFlow(parsed.tables)
  const flow = deciding === undefined ? 'no flow' : describeFlow(deciding)
  return {
    at: 'bridge',
    node,
    packet: {source: packet.source, destination: packet.destination},
    says: `${node}: ${clauseOf(exit, flow)}`,
    inPort: port ?? (await portName(parsed.inPort, node, sources)),
    tables: parsed.tables,
    conntrack: parsed.conntrack,
    ...(deciding !== undefined && {deciding}),
    exit,
  }
}

/** A Pod is named where it lives, so that the agent gives the packet that Pod's MAC; elsewhere only its address means anything. */
function stopAt({node, port}: Bridge, packet: Journey['packet'], journey: Journey): Stop {
  const {from, to, isReply, memory, sources} = journey
  const sender = port === undefined && from.pod !== undefined && from.ip === packet.source
  const receiver = to.pod !== undefined && to.host !== true && to.node === node && to.ip === packet.destination
  const mark = memory.marks.get(connectionKey(node, packet.destination, packet.source))
  return {
    ...(port !== undefined && {port}),
    source: sender && from.pod !== undefined ? describePod(from.pod) : packet.source,
    destination: receiver && to.pod !== undefined ? describePod(to.pod) : packet.destination,
    ...(packet.flow !== undefined && {flow: packet.flow}),
    ...(isReply &&
      sources.knowsConnections(node) && {
        connection: mark === undefined ? ('unseen' as const) : ('established' as const),
        ...(mark !== undefined && {mark}),
      }),
  }
}

function clauseOf(exit: BridgeExit, flow: string): string {
  switch (exit.way) {
    case 'dropped':
      return `drops it: ${exit.reason}`
    case 'unknown':
      return exit.reason
    case 'port':
      return `${flow} hands it to ${exit.port}`
    case 'gateway':
      return `${flow} hands it to the Node by ${exit.port}`
    case 'tunnel':
      return `${flow} sends it into the tunnel to ${exit.tunDst}`
  }
}

/** By which mark the bridge will know the answer; one that it gives no mark is known by 0. */
function remember({node, packet, conntrack}: BridgeHop, {isReply, memory}: Journey): void {
  const remembered = conntrack.findLast(({does}) => does === 'remembers')
  if (isReply || remembered === undefined) return
  memory.marks.set(connectionKey(node, packet.source, packet.destination), remembered.mark ?? '0x0')
}

async function atPort(port: string, node: string, state: State, journey: Journey): Promise<Ending> {
  const {to, sources} = journey
  const pods = await sources.podInterfaces(node)
  const pod = pods.find(({interfaceName}) => interfaceName === port)
  const reached = pod === undefined ? undefined : describePod({namespace: pod.podNamespace, name: pod.name})
  const wanted = to.pod === undefined ? undefined : describePod(to.pod)
  if (wanted !== undefined && reached !== wanted)
    return {verdict: 'broken', says: `${reached ?? port} is not ${wanted}`}
  return {verdict: deliveredAs(state.crossing, journey)}
}

async function intoTunnel(
  hop: BridgeHop,
  {tunDst}: BridgeExit & {way: 'tunnel'},
  state: State,
  journey: Journey,
): Promise<Step> {
  const {sources, to} = journey
  const owner = sources.underlay.ownerOf(tunDst)
  const wrong = (says: string): Step => ({hops: [hop], next: {verdict: 'broken', says}})
  if (owner === undefined) return wrong(`${tunDst} is no Node's transport address`)
  if (owner === hop.node) return wrong(`${tunDst} is its own address`)
  if (to.node !== undefined && owner !== to.node) return wrong(`${tunDst} is ${owner}, but ${to.ip} is on ${to.node}`)
  const outer = await sources.kernel(hop.node, {destination: tunDst, outer: true})
  const {wire, trouble, doubt} = await crossWire(
    {from: hop.node, to: owner, form: 'tunnelled', way: outer, packet: state.packet},
    journey,
  )
  const place: Place = {at: 'bridge', node: owner, port: names.tunnelPort}
  return {
    hops: [hop, wire],
    next: trouble ?? {place, packet: state.packet, crossing: 'tunnelled'},
    ...(doubt !== undefined && {doubt}),
  }
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
