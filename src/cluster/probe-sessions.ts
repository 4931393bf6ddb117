import {createHash} from 'node:crypto'
import * as v from 'valibot'
import {
  type ProbeAgent,
  probeAgentSchema,
  type ProbeOrder,
  probeOrderSchema,
  type ProbeSession,
} from '../model/probe.ts'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

const group = 'antctl.internal'
const setLabel = `${group}/steady`
const ownerLabel = `${group}/owner`
const collection = `/apis/${group}/v1alpha1/probesessions`

/** The sessions that name this Node: an agent hears of no others. */
export function probeSessionsOf(node: string): string {
  return `${collection}?labelSelector=${encodeURIComponent(labelOf(node))}`
}

/** Undefined for a session that is being deleted, or that no agent may follow; parts that are none are left out. */
export function translateProbeSession(object: unknown): ProbeSession | undefined {
  const parsed = v.safeParse(sessionSchema, object)
  if (!parsed.success || parsed.output.metadata.deletionTimestamp !== undefined) return undefined
  const {metadata, spec, status} = parsed.output
  const agents = Object.entries(status?.agents ?? {}).flatMap(([node, part]): readonly [string, ProbeAgent][] => {
    const agent = v.safeParse(probeAgentSchema, part)
    return agent.success ? [[node, agent.output]] : []
  })
  return {name: metadata.name, order: spec, agents: Object.fromEntries(agents)}
}

const sessionSchema = v.object({
  metadata: v.object({name: v.string(), deletionTimestamp: v.optional(v.string())}),
  spec: probeOrderSchema,
  status: v.optional(v.object({agents: v.optional(v.record(v.string(), v.unknown()))})),
})

/** What a session is found by: all that were begun together, and all of one change. */
export interface ProbeSessionMarks {
  readonly set?: string | undefined
  readonly owner?: string | undefined
}

/** Creates it; answers its name. */
export async function createProbeSession(
  api: ApiServer,
  order: ProbeOrder,
  {set, owner, ...options}: CallOptions & ProbeSessionMarks,
): Promise<string> {
  const nodes = new Set(order.pairs.flatMap(({from, to}) => [from, to]))
  const labels = {
    ...Object.fromEntries([...nodes].map((node) => [labelOf(node), ''])),
    ...(set !== undefined && {[setLabel]: set}),
    ...(owner !== undefined && {[ownerLabel]: owner}),
  }
  const object = {
    apiVersion: `${group}/v1alpha1`,
    kind: 'ProbeSession',
    metadata: {generateName: 'probe-', labels},
    spec: order,
  }
  return v.parse(named, await api.post(collection, object, options)).metadata.name
}

const named = v.object({metadata: v.object({name: v.string()})})

export async function readProbeSession(
  api: ApiServer,
  name: string,
  options: CallOptions,
): Promise<ProbeSession | undefined> {
  return translateProbeSession(await api.get(pathOf(name), options))
}

/** Sessions of one set, or of any when it is not named. */
export function probeSessionsOfSet(set?: string): string {
  return `${collection}?labelSelector=${encodeURIComponent(set === undefined ? setLabel : `${setLabel}=${set}`)}`
}

export function probeSessionsOfOwner(owner: string): string {
  return `${collection}?labelSelector=${encodeURIComponent(`${ownerLabel}=${owner}`)}`
}

/** A steady session goes on: its agents publish what they have counted so far. */
export async function renewProbeSession(
  api: ApiServer,
  name: string,
  renewal: number,
  options: CallOptions,
): Promise<void> {
  await api.patch(pathOf(name), {spec: {renewal}}, 'application/merge-patch+json', options)
}

/** One that somebody else has deleted is no error. */
export async function deleteProbeSession(api: ApiServer, name: string, options: CallOptions): Promise<void> {
  await api.delete(pathOf(name), options).catch((error: unknown) => {
    if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
  })
}

/** This agent's part of the session; the parts of others stay as they are. */
export async function publishProbeAgent(api: ApiServer, name: string, node: string, agent: ProbeAgent): Promise<void> {
  await api.patch(`${pathOf(name)}/status`, {status: {agents: {[node]: agent}}})
}

function pathOf(name: string): string {
  return `${collection}/${encodeURIComponent(name)}`
}

/** A Node's name may be longer than a label's may. */
function labelOf(node: string): string {
  return `node.${group}/${createHash('sha256').update(node).digest('hex').slice(0, 16)}`
}
