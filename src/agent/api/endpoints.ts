import type {AgentInfo} from '../../model/agent-info.ts'
import type {
  AgentEvents,
  NodeNeighbors,
  NodePeers,
  NodeRoutes,
  OvsTracing,
  PodInterface,
} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {type PeerNode, peersOf} from '../../model/node.ts'
import type {PodName} from '../../model/pod.ts'
import type {Ip} from '../../model/address.ts'
import {listNeighbours} from '../../datapath/machine/neighbours.ts'
import type {OpenFlowConnection} from '../../datapath/openflow/connection.ts'
import type {Control} from '../../datapath/ovsdb/control.ts'
import type {SwitchPort} from '../../datapath/ovsdb/switch.ts'
import {parseLiveQuery} from '../../model/capture/live.ts'
import {parseCaptureQuery} from '../../model/capture/wish.ts'
import {capturePackets} from '../capture/packets.ts'
import {sendLive} from '../capture/send.ts'
import {podOfPort} from '../cni/pods.ts'
import type {Datapath} from '../datapath.ts'
import {type EventQuery, parseEventQuery} from '../events.ts'
import {version} from '../identity.ts'
import type {AgentState} from '../state.ts'
import {openDrift} from './drift.ts'
import {routesInUse} from './routes.ts'
import {echoNode} from './echo.ts'
import {kernelWay} from './kernel-way.ts'
import {flows, ownedFlows, peersNow} from './flows.ts'
import {nftables} from './nftables.ts'
import {ports} from './ports.ts'
import {readiness} from './readiness.ts'
import {selector} from './selector.ts'
import type {Answer, Endpoint} from './server.ts'
import {serviceWay} from './service-way.ts'
import {connectionOptions, traceFlow, tracingQuery} from './tracing.ts'

/** What the answers are made from; `live` throws while Open vSwitch is away. */
export interface Sources {
  now(): AgentState
  live(): {
    readonly openflow: OpenFlowConnection
    readonly control: Control
    readonly datapath: Pick<Datapath, 'drift'>
    ports(): readonly SwitchPort[]
  }
  events(query: EventQuery): AgentEvents
  agentInfo(): Promise<AgentInfo>
  metrics(): Promise<{readonly type: string; readonly text: string}>
  remoteAddress(pod: PodName): Promise<Ip>
  /** As upstream's: a number, klog's -v. */
  readonly logVerbosity: () => number
}

/** Upstream's paths with upstream's JSON (pkg/agent/apiserver/handlers), ours under /v1/. */
export function endpoints(sources: Sources): Readonly<Record<string, Endpoint>> {
  const answer = (body: unknown): Answer => ({body})
  const drift = openDrift({now: () => sources.now(), datapath: () => sources.live().datapath})
  return {
    '/livez': {anonymous: true, answer: () => answer('ok')},
    '/readyz': {anonymous: true, answer: () => readiness(sources.now())},
    '/version': {answer: () => answer({version})},
    '/agentinfo': {answer: async () => answer(await sources.agentInfo())},
    '/podinterfaces': {answer: (query) => answer(podInterfaces(sources.live().ports(), query))},
    '/ovsflows': {answer: async (query) => answer(await flows(sources, query))},
    '/ovstracing': {answer: async (query) => answer(await tracing(sources, query))},
    '/featuregates': {answer: () => answer(features)},
    '/loglevel': {answer: (query) => logLevel(sources, query)},
    '/metrics': {
      answer: async () => {
        const {type, text} = await sources.metrics()
        return {type, body: text}
      },
    },
    '/v1/drift': {answer: async () => answer(await drift())},
    '/v1/events': {answer: (query) => answer(sources.events(parseEventQuery(query)))},
    '/v1/routes': {answer: async () => answer({routes: await routesInUse()} satisfies NodeRoutes)},
    '/v1/kernelway': {
      answer: async (query) => answer(await kernelWay(query, {...wired(sources), control: sources.live().control})),
    },
    '/v1/echo': {answer: async (query) => answer(await echoNode(query, wired(sources)))},
    '/v1/serviceway': {answer: async (query) => answer(await serviceWay(query))},
    // Who reads other people's packets, or sends as a Pod, needs a right of its own: these are not below /v1/.
    '/capture/v1/packets': {answer: (query, signal) => packets(sources, query, signal)},
    '/capture/v1/send': {answer: (query) => answer(sendLive(parseLiveQuery(query), sources.now().pods))},
    '/v1/ports': {answer: async () => answer(await ports(sources))},
    '/v1/flows': {answer: async (query) => answer(await ownedFlows(sources, query))},
    '/v1/peers': {answer: () => answer({peers: peersNow(sources.now())} satisfies NodePeers)},
    '/v1/neighbors': {answer: () => answer({neighbors: listNeighbours()} satisfies NodeNeighbors)},
    '/v1/nftables': {answer: async () => answer(await nftables())},
  }
}

/** What cannot be listened to is refused before the stream begins. */
async function packets(sources: Sources, query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
  const {wiring} = wired(sources)
  const blocks = capturePackets(parseCaptureQuery(query), {wiring, pods: sources.now().pods}, signal)
  const first = await blocks.next()
  const stream = async function* () {
    if (first.done !== true) yield first.value
    yield* blocks
  }
  return {body: undefined, type: 'application/x-pcapng', stream: stream()}
}

function podInterfaces(ports: readonly SwitchPort[], query: URLSearchParams): readonly PodInterface[] {
  const wanted = selector(query.get('name') ?? query.get('pod'), query.get('namespace'))
  return ports.flatMap((port) => {
    const pod = podOfPort(port)
    if (pod === undefined || !wanted(pod)) return []
    return [
      {
        name: pod.name,
        podNamespace: pod.namespace,
        interfaceName: pod.interfaceName,
        ips: pod.ips,
        mac: pod.mac,
        portUUID: port.uuid,
        ofPort: pod.ofport,
        containerID: pod.containerId,
      },
    ]
  })
}

async function tracing(sources: Sources, query: URLSearchParams): Promise<OvsTracing> {
  const {pods} = sources.now()
  const facts = {...wired(sources), pods, remoteAddress: (pod: PodName) => sources.remoteAddress(pod)}
  const asked = tracingQuery(query)
  const args = [...connectionOptions(asked), names.integrationBridge, await traceFlow(asked, facts)]
  return {result: await sources.live().control.run('ofproto/trace', args)}
}

function wired(sources: Sources): {readonly wiring: NodeWiring; readonly peers: readonly PeerNode[]} {
  const {wiring, nodes} = sources.now()
  if (wiring === undefined) throw new AntctlError('OVSDB', `${names.integrationBridge} is not wired yet`)
  return {wiring, peers: peersOf(wiring.node, nodes ?? [], wiring.transport)}
}

/** Upstream lets a GET change the level; here every write is a Kubernetes object under the caller's own rights. */
function logLevel({logVerbosity}: Sources, query: URLSearchParams): Answer {
  if (query.has('level'))
    return {
      status: 405,
      body: {
        status: 405,
        message:
          'the level is set by logVerbosity of antrea-agent.conf or of an AntreaNodeConfig: antctl log-level LEVEL',
      },
    }
  return {body: logVerbosity()}
}

const off = [
  'AntreaPolicy',
  'AntreaProxy',
  'Egress',
  'FlowExporter',
  'NodePortLocal',
  'Traceflow',
  'Multicast',
  'Multicluster',
]
const features = off.map((name) => ({component: 'agent', name, status: 'Disabled', version: 'NotAvailable'}))
