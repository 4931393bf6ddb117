import type {AgentInfo} from '../../model/agent-info.ts'
import type {AgentEvents, NodeRoutes, OvsFlow, OvsTracing, PodInterface} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {type PeerNode, peersOf} from '../../model/node.ts'
import type {LocalPod, PodName} from '../../model/pod.ts'
import type {Ip} from '../../model/address.ts'
import type {OpenFlowConnection} from '../../datapath/openflow/connection.ts'
import type {FlowStats} from '../../datapath/openflow/flow.ts'
import {printFlow} from '../../datapath/openflow/text.ts'
import type {Control} from '../../datapath/ovsdb/control.ts'
import type {SwitchPort} from '../../datapath/ovsdb/switch.ts'
import {tableId} from '../../datapath/pipeline/tables.ts'
import {podOfPort} from '../cni/pods.ts'
import type {Datapath} from '../datapath.ts'
import {type EventQuery, parseEventQuery} from '../events.ts'
import {version} from '../identity.ts'
import type {AgentState} from '../state.ts'
import {openDrift} from './drift.ts'
import {routesInUse} from './routes.ts'
import {echoNode} from './echo.ts'
import {kernelWay} from './kernel-way.ts'
import {readiness} from './readiness.ts'
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
  readonly logLevel: () => string
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
    '/v1/ports': {answer: async () => answer(await sources.live().openflow.ports())},
  }
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

async function flows(sources: Sources, query: URLSearchParams): Promise<readonly OvsFlow[]> {
  const tables = (query.get('table') ?? '').split(',').filter((text) => text !== '')
  const wantedTables = new Set(tables.map(tableId))
  const name = query.get('pod') ?? ''
  const wanted = selector(name, query.get('namespace'))
  const pods = name === '' ? undefined : sources.now().pods.filter(wanted)
  if (pods?.length === 0) throw new AntctlError('POD_UNKNOWN', `there is no Pod ${name} on this Node`)
  const dump = await sources.live().openflow.dumpFlows()
  return dump
    .filter(({table}) => wantedTables.size === 0 || wantedTables.has(table))
    .filter((flow) => pods === undefined || pods.some((pod) => concerns(flow, pod)))
    .toSorted((a, b) => a.table - b.table || b.priority - a.priority)
    .map((flow) => ({flow: describeFlow(flow)}))
}

/** Does a flow name the Pod's port, MAC or address? */
function concerns({match, actions}: FlowStats, {ofport, mac, ips}: LocalPod): boolean {
  const values = Object.entries(match)
  const own = new Set<string>([mac, ...ips])
  return (
    values.some(([field, value]) => own.has(value) || (field === 'in_port' && value === String(ofport))) ||
    actions.some((action) => action.split(/->|set_field:/u).some((part) => own.has(part)))
  )
}

/** As `ovs-ofctl dump-flows` prints it, counters included. */
function describeFlow(flow: FlowStats): string {
  const text = printFlow(flow)
  const counters = `duration=${flow.duration.toFixed(3)}s, table=${flow.table}, n_packets=${flow.packets}, n_bytes=${flow.bytes},`
  return text.replace(/table=\d+,/u, counters)
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
function logLevel({logLevel}: Sources, query: URLSearchParams): Answer {
  if (query.has('level'))
    return {
      status: 405,
      body: {
        status: 405,
        message: 'the level is set by logVerbosity of antrea-agent.conf, or by LOG_LEVEL of the DaemonSet',
      },
    }
  return {body: logLevel()}
}

function selector(name: string | null, namespace: string | null): (pod: PodName) => boolean {
  return (pod) => (!name || pod.name === name) && (!namespace || pod.namespace === namespace)
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
