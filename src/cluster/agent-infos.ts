import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import {byName} from '../model/order.ts'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

const path = '/apis/crd.antrea.io/v1beta1/antreaagentinfos'

/** Every Node's AntreaAgentInfo by one LIST, sorted by Node. */
export async function listAgentInfos(api: ApiServer, options?: CallOptions): Promise<readonly AgentInfo[]> {
  try {
    const {items} = await api.list(path, options)
    return items.map(translateAgentInfo).sort((a, b) => byName(a.metadata.name, b.metadata.name))
  } catch (error) {
    throw error instanceof AntctlError && error.code === 'API_NOT_FOUND' ? notInstalled(error) : error
  }
}

/** One Node's; undefined where no agent reports from it. */
export async function getAgentInfo(
  api: ApiServer,
  node: string,
  options?: CallOptions,
): Promise<AgentInfo | undefined> {
  try {
    return translateAgentInfo(await api.get(`${path}/${encodeURIComponent(node)}`, options))
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return undefined
    throw error
  }
}

/** The agents of these Nodes, in their order; all when none are named. NODE_UNKNOWN names those that have no agent. */
export function agentsOf(infos: readonly AgentInfo[], nodes: readonly string[]): readonly AgentInfo[] {
  if (nodes.length === 0) return infos
  const found = new Map(infos.map((info) => [nodeOf(info), info]))
  const missing = nodes.filter((node) => !found.has(node))
  if (missing.length > 0) {
    throw new AntctlError('NODE_UNKNOWN', `no Antrea agent reports from ${missing.join(', ')}`, {
      remedy: [`the Nodes with an agent are ${[...found.keys()].join(', ') || 'none'}`],
    })
  }
  return nodes.flatMap((node) => found.get(node) ?? [])
}

export function nodeOf(info: AgentInfo): string {
  return info.nodeRef.name ?? info.metadata.name
}

/** AntreaAgentInfo, or the answer of GET /agentinfo (which has no metadata), as ours; fields that we do not know stay. */
export function translateAgentInfo(value: unknown): AgentInfo {
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) {
    throw new AntctlError('API_ANSWER', `an AntreaAgentInfo cannot be read: ${parsed.issues[0].message}`, {
      remedy: ['kubectl get antreaagentinfos -o yaml'],
    })
  }
  const {metadata, apiVersion: _version, kind: _kind, ...info} = parsed.output
  return {...info, metadata: {name: metadata?.name ?? info.nodeRef.name ?? ''}}
}

const text = v.exactOptional(v.string())
const count = v.exactOptional(v.number())
const reference = v.object({kind: text, namespace: text, name: text, uid: text})
const condition = v.object({
  type: v.picklist([
    'AgentHealthy',
    'ControllerConnectionUp',
    'OVSDBConnectionUp',
    'OpenflowConnectionUp',
    'ConfigValid',
    'DataplaneReady',
    'FeatureNotAvailable',
  ]),
  status: v.picklist(['True', 'False', 'Unknown']),
  lastHeartbeatTime: v.optional(v.string(), ''),
  reason: text,
  message: text,
})
const networkInfo = v.looseObject({
  transportInterface: text,
  transportInterfaceMTU: count,
  podMTU: count,
  transportInterfaceIPs: v.exactOptional(v.array(v.string())),
  trafficEncapMode: text,
  tunnelType: text,
  noSNAT: v.exactOptional(v.boolean()),
  trafficEncryptionMode: text,
  tunnels: v.exactOptional(v.array(v.string())),
})
const lastChange = v.object({time: v.string(), result: v.string(), milliseconds: v.number(), why: text})
/** Antrea's `omitempty` drops whatever is zero or empty. Source: upstream pkg/apis/crd/v1beta1/types.go. */
const schema = v.looseObject({
  metadata: v.optional(v.object({name: v.string()})),
  version: v.optional(v.string(), ''),
  podRef: v.optional(reference, {}),
  nodeRef: v.optional(reference, {}),
  nodeSubnets: v.optional(v.array(v.string()), []),
  ovsInfo: v.optional(
    v.looseObject({
      version: v.optional(v.string(), ''),
      bridgeName: v.optional(v.string(), ''),
      flowTable: v.optional(v.record(v.string(), v.number()), {}),
    }),
    {},
  ),
  networkPolicyControllerInfo: v.optional(
    v.looseObject({networkPolicyNum: count, addressGroupNum: count, appliedToGroupNum: count}),
    {},
  ),
  localPodNum: v.optional(v.number(), 0),
  agentConditions: v.optional(v.array(condition), []),
  apiPort: v.optional(v.number(), 10_350),
  apiCABundle: v.optional(v.string(), ''),
  networkInfo: v.optional(networkInfo, {}),
  config: v.exactOptional(
    v.looseObject({
      hash: v.string(),
      source: v.string(),
      valuesHash: text,
      values: v.exactOptional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
      sources: v.exactOptional(v.record(v.string(), v.string())),
      lastChange: v.exactOptional(lastChange),
    }),
  ),
})

function notInstalled(cause: unknown): AntctlError {
  return new AntctlError('AGENT_MISSING', 'this cluster has no AntreaAgentInfo: no Antrea agent is installed', {
    remedy: ['kubectl apply -f deploy/antrea.yml', 'kubectl config current-context shows which cluster this is'],
    cause,
  })
}

/** Whose cluster is it? One with agents of both kinds is neither's. */
export function isUpstream(infos: readonly AgentInfo[]): boolean {
  return infos.length > 0 && !infos.some(isOurAgent)
}

/** Ours, or upstream's? Upstream has no condition ConfigValid; ours has it from its first report. */
export function isOurAgent(info: AgentInfo): boolean {
  return info.agentConditions.some(({type}) => type === 'ConfigValid')
}
