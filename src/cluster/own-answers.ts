import * as v from 'valibot'
import {
  type AgentEvent,
  deviationKinds,
  type Drift,
  type KernelNeighbor,
  type NodeFlows,
  type NodeNftables,
  type NodePort,
  type Peer,
} from '../model/agent-api.ts'
import {count, readAnswer, text} from './read-answer.ts'
import type {Roads} from './road-agents.ts'

/** Questions below /v1/, which only our own agents answer; what they say is looked at all the same. */
export async function askPeers(roads: Roads, node: string): Promise<readonly Peer[]> {
  return readAnswer(v.object({peers}), await roads.ask(node, '/v1/peers'), `/v1/peers of ${node}`).peers
}

export async function askNeighbors(roads: Roads, node: string): Promise<readonly KernelNeighbor[]> {
  return readAnswer(neighbors, await roads.ask(node, '/v1/neighbors'), `/v1/neighbors of ${node}`).neighbors
}

export async function askNftables(roads: Roads, node: string): Promise<NodeNftables> {
  return readAnswer(nftables, await roads.ask(node, '/v1/nftables'), `/v1/nftables of ${node}`)
}

export async function askPorts(roads: Roads, node: string): Promise<readonly NodePort[]> {
  return readAnswer(ports, await roads.ask(node, '/v1/ports'), `/v1/ports of ${node}`)
}

export async function askDrift(roads: Roads, node: string): Promise<Drift> {
  return readAnswer(drift, await roads.ask(node, '/v1/drift'), `/v1/drift of ${node}`)
}

/** Tables by name or number; all when none is said. */
export async function askOwnedFlows(roads: Roads, node: string, tables: readonly string[] = []): Promise<NodeFlows> {
  const table = tables.length === 0 ? undefined : tables.join(',')
  return readAnswer(nodeFlows, await roads.ask(node, '/v1/flows', {table}), `/v1/flows of ${node}`)
}

/** What the agent did and saw, oldest first. */
export async function askEvents(roads: Roads, node: string, limit: number): Promise<readonly AgentEvent[]> {
  const answer = await roads.ask(node, '/v1/events', {limit: String(limit)})
  return readAnswer(agentEvents, answer, `/v1/events of ${node}`).events
}

const agentEvents = v.object({
  events: v.array(
    v.object({
      number: v.number(),
      time: v.string(),
      kind: v.picklist(['change', 'repair', 'contest', 'configuration', 'connection', 'trouble']),
      sentence: v.string(),
      details: v.exactOptional(v.record(v.string(), v.union([v.string(), v.number()]))),
    }),
  ),
})
const peers = v.array(
  v.object({
    name: v.string(),
    podCidr: v.string(),
    transportIp: v.string(),
    sameSubnet: v.boolean(),
    way: v.picklist(['tunnelled', 'routed']),
  }),
)
const neighbors = v.object({
  neighbors: v.array(v.object({ip: v.string(), dev: v.string(), mac: text, state: v.string()})),
})
const texts = v.array(v.string())
const nftables = v.object({rules: texts, podCidrs: texts, guards: texts, strayGuards: texts, others: texts})
const ports = v.array(
  v.object({
    name: v.string(),
    ofPort: v.number(),
    bridge: v.string(),
    type: v.string(),
    pod: text,
    mac: text,
    options: v.exactOptional(v.record(v.string(), v.string())),
    error: text,
    rxPackets: count,
    txPackets: count,
    rxDropped: count,
    txDropped: count,
    rxErrors: count,
    txErrors: count,
  }),
)
const drift = v.object({
  comparedAt: v.string(),
  total: v.number(),
  deviations: v.array(
    v.object({
      kind: v.picklist(deviationKinds),
      problem: v.picklist(['missing', 'extra', 'different']),
      what: v.string(),
      found: text,
      owner: v.string(),
    }),
  ),
})
const nodeFlows = v.object({
  flows: v.array(v.object({flow: v.string(), owner: text})),
  ports: v.array(v.object({name: v.string(), ofPort: v.number(), pod: text})),
  pods: v.array(v.object({pod: v.string(), ips: texts, mac: v.string()})),
  peers,
  gateway: v.object({ip: v.string(), mac: v.string(), podCidr: v.string()}),
})
