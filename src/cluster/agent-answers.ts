import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import type {KernelRoute, KernelWay, NodeEcho, OvsFlow, PodInterface, ServiceWay} from '../model/agent-api.ts'
import {translateAgentInfo} from './agent-infos.ts'
import {readAnswer, text} from './read-answer.ts'
import type {Roads} from './road-agents.ts'

/** The questions that agents answer, each with its answer looked at: an agent's text is as hostile as any. */
export async function askAgentInfo(
  roads: Roads,
  known: Pick<AgentInfo, 'metadata' | 'apiCABundle'>,
  node: string,
): Promise<AgentInfo> {
  const info = translateAgentInfo(await roads.ask(node, '/agentinfo'))
  return {...info, metadata: known.metadata, apiCABundle: info.apiCABundle || known.apiCABundle}
}

export async function askPodInterfaces(
  roads: Roads,
  node: string,
  pod: {readonly name?: string | undefined; readonly namespace?: string | undefined} = {},
): Promise<readonly PodInterface[]> {
  const query = {name: pod.name, namespace: pod.namespace}
  return readAnswer(podInterfaces, (await roads.ask(node, '/podinterfaces', query)) ?? [], `/podinterfaces of ${node}`)
}

export interface FlowQuery {
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
  /** Names or numbers. */
  readonly tables?: readonly string[] | undefined
  /** Upstream's alone. */
  readonly service?: string | undefined
  readonly networkpolicy?: string | undefined
  readonly type?: string | undefined
  readonly groups?: string | undefined
}

export async function askFlows(roads: Roads, node: string, query: FlowQuery = {}): Promise<readonly OvsFlow[]> {
  const table = query.tables === undefined || query.tables.length === 0 ? undefined : query.tables.join(',')
  const {tables: _tables, ...rest} = query
  const answer = await roads.ask(node, '/ovsflows', {...rest, table})
  return readAnswer(flows, answer ?? [], `/ovsflows of ${node}`)
}

export interface TracingQuery {
  /** An OVS port, or namespace/name of a Pod. */
  readonly port?: string | undefined
  readonly source?: string | undefined
  readonly destination: string
  readonly flow?: string | undefined
  /** Ours: upstream's agents take every packet for the first of its connection. */
  readonly connection?: string | undefined
  readonly mark?: string | undefined
}

/** The text of ofproto/trace on that Node. */
export async function askTrace(roads: Roads, node: string, query: TracingQuery): Promise<string> {
  const {port, source, destination, flow, connection, mark} = query
  const asked = {port, source, destination, flow, connection, mark}
  return readAnswer(tracing, await roads.ask(node, '/ovstracing', asked), `/ovstracing of ${node}`).result
}

export interface KernelWayQuery {
  readonly destination: string
  readonly source?: string
  readonly in?: string
  readonly outer?: true
}

/** Our own agents only, as all below. */
export async function askKernelWay(roads: Roads, node: string, query: KernelWayQuery): Promise<KernelWay> {
  const {destination, source, in: by, outer} = query
  const asked = {destination, source, in: by, ...(outer === true && {outer: 'true'})}
  return readAnswer(kernelWay, await roads.ask(node, '/v1/kernelway', asked), `/v1/kernelway of ${node}`)
}

export async function askServiceWay(
  roads: Roads,
  node: string,
  {ip, port, protocol}: {readonly ip: string; readonly port: number; readonly protocol: string},
): Promise<ServiceWay> {
  const answer = await roads.ask(node, '/v1/serviceway', {ip, port: String(port), protocol})
  return readAnswer(serviceWay, answer, `/v1/serviceway of ${node}`)
}

export async function askEcho(roads: Roads, node: string, to: string, sizes: readonly number[]): Promise<NodeEcho> {
  const answer = await roads.ask(node, '/v1/echo', {node: to, bytes: sizes.join(',')})
  return readAnswer(nodeEcho, answer, `/v1/echo of ${node}`)
}

export async function askFeatureGates(roads: Roads, node: string): Promise<readonly FeatureGate[]> {
  return readAnswer(featureGates, (await roads.ask(node, '/featuregates')) ?? [], `/featuregates of ${node}`)
}

/** As klog's -v. With a level upstream's agents change it; ours refuse to be changed by a GET. */
export async function askLogLevel(roads: Roads, node: string, level?: number): Promise<number> {
  const answer = await roads.ask(node, '/loglevel', {level: level === undefined ? undefined : String(level)})
  return readAnswer(v.number(), answer, `/loglevel of ${node}`)
}

/** Upstream's agents only: whom they see by their gossip. */
export async function askMemberList(roads: Roads, node: string): Promise<readonly Member[]> {
  return readAnswer(members, (await roads.ask(node, '/memberlist')) ?? [], `/memberlist of ${node}`)
}

/** Our own agents only. */
export async function askRoutes(roads: Roads, node: string): Promise<readonly KernelRoute[]> {
  return readAnswer(routes, await roads.ask(node, '/v1/routes'), `/v1/routes of ${node}`).routes
}

const podInterfaces = v.array(
  v.object({
    name: v.optional(v.string(), ''),
    podNamespace: v.optional(v.string(), ''),
    interfaceName: v.optional(v.string(), ''),
    ips: v.optional(v.array(v.string()), []),
    mac: v.optional(v.string(), ''),
    portUUID: v.optional(v.string(), ''),
    ofPort: v.optional(v.number(), 0),
    containerID: v.optional(v.string(), ''),
  }),
)
const featureGates = v.array(
  v.object({
    component: v.optional(v.string(), 'agent'),
    name: v.string(),
    status: v.optional(v.string(), ''),
    version: v.optional(v.string(), ''),
  }),
)
export type FeatureGate = v.InferOutput<typeof featureGates>[number]
const members = v.array(
  v.object({nodeName: v.string(), ip: v.optional(v.string(), ''), status: v.optional(v.string(), '')}),
)
export type Member = v.InferOutput<typeof members>[number]
const flows = v.array(v.object({flow: v.string()}))
const tracing = v.object({result: v.string()})
const route = v.object({
  to: v.string(),
  via: text,
  dev: v.optional(v.string(), ''),
  type: text,
  src: text,
  onlink: v.exactOptional(v.boolean()),
  protocol: text,
  scope: text,
  metric: v.exactOptional(v.number()),
  mtu: v.exactOptional(v.number()),
  table: v.exactOptional(v.number()),
})
const routes = v.object({routes: v.array(route)})
const link = v.object({name: v.string(), mac: text, mtu: v.number(), up: v.boolean(), carrier: v.boolean()})
const kernelWay = v.object({
  route: v.exactOptional(route),
  source: text,
  refusal: text,
  link: v.exactOptional(link),
  neighbour: v.exactOptional(v.object({ip: v.string(), mac: text})),
  masquerade: v.exactOptional(v.object({source: text, rule: v.string()})),
  transport: v.object({nic: link, device: link}),
})
const serviceWay = v.object({
  program: v.exactOptional(v.picklist(['iptables', 'nftables'])),
  rules: v.array(v.string()),
  endpoints: v.array(v.string()),
  masquerade: text,
})
const nodeEcho = v.object({
  from: v.string(),
  to: v.string(),
  tries: v.array(v.object({bytes: v.number(), sent: v.number(), roundTrip: v.exactOptional(v.number()), said: text})),
})
