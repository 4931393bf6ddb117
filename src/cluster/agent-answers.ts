import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import type {KernelRoute, OvsFlow, PodInterface} from '../model/agent-api.ts'
import {AntctlError} from '../model/errors.ts'
import {translateAgentInfo} from './agent-infos.ts'
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
  return read(podInterfaces, (await roads.ask(node, '/podinterfaces', query)) ?? [], `/podinterfaces of ${node}`)
}

export interface FlowQuery {
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
  /** Names or numbers. */
  readonly tables?: readonly string[] | undefined
}

export async function askFlows(roads: Roads, node: string, query: FlowQuery = {}): Promise<readonly OvsFlow[]> {
  const table = query.tables === undefined || query.tables.length === 0 ? undefined : query.tables.join(',')
  const answer = await roads.ask(node, '/ovsflows', {pod: query.pod, namespace: query.namespace, table})
  return read(flows, answer ?? [], `/ovsflows of ${node}`)
}

export interface TracingQuery {
  /** An OVS port, or namespace/name of a Pod. */
  readonly port?: string | undefined
  readonly source?: string | undefined
  readonly destination: string
  readonly flow?: string | undefined
}

/** The text of ofproto/trace on that Node. */
export async function askTrace(roads: Roads, node: string, query: TracingQuery): Promise<string> {
  const {port, source, destination, flow} = query
  return read(
    tracing,
    await roads.ask(node, '/ovstracing', {port, source, destination, flow}),
    `/ovstracing of ${node}`,
  ).result
}

/** Our own agents only: upstream's have no such path. */
export async function askRoutes(roads: Roads, node: string): Promise<readonly KernelRoute[]> {
  return read(routes, await roads.ask(node, '/v1/routes'), `/v1/routes of ${node}`).routes
}

const text = v.exactOptional(v.string())
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
const flows = v.array(v.object({flow: v.string()}))
const tracing = v.object({result: v.string()})
const routes = v.object({
  routes: v.array(
    v.object({
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
    }),
  ),
})

function read<Schema extends v.GenericSchema>(schema: Schema, answer: unknown, what: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  throw new AntctlError('AGENT_ANSWER', `${what} cannot be read: ${parsed.issues[0].message}`)
}
