import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** The Pod of a Node's agent. */
export interface AgentPod {
  readonly name: string
  readonly uid: string
  readonly created: string
  readonly ready: boolean
}

const schema = v.object({
  metadata: v.object({
    name: v.string(),
    uid: v.string(),
    creationTimestamp: v.string(),
    deletionTimestamp: v.exactOptional(v.string()),
  }),
  status: v.optional(
    v.object({conditions: v.optional(v.array(v.object({type: v.string(), status: v.string()})), [])}),
    {},
  ),
})

/** undefined: there is none, or only one that ends. */
export async function findAgentPod(
  api: Pick<ApiServer, 'list'>,
  node: string,
  options?: CallOptions,
): Promise<AgentPod | undefined> {
  const query = new URLSearchParams({labelSelector: names.agentSelector, fieldSelector: `spec.nodeName=${node}`})
  const {items} = await api.list(`/api/v1/namespaces/${names.namespace}/pods?${query.toString()}`, options)
  const pods = items.flatMap((item) => {
    const parsed = v.safeParse(schema, item)
    return parsed.success && parsed.output.metadata.deletionTimestamp === undefined ? [parsed.output] : []
  })
  const [newest] = pods.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
  if (newest === undefined) return undefined
  const {name, uid, creationTimestamp} = newest.metadata
  const ready = newest.status.conditions.some(({type, status}) => type === 'Ready' && status === 'True')
  return {name, uid, created: creationTimestamp, ready}
}

/** This one and no other of its name; one that is gone already is what was wanted. */
export async function deletePod(
  api: Pick<ApiServer, 'delete'>,
  {name, uid}: AgentPod,
  options?: CallOptions,
): Promise<void> {
  const path = `/api/v1/namespaces/${names.namespace}/pods/${encodeURIComponent(name)}`
  try {
    await api.delete(path, {...options, uid})
  } catch (error) {
    const isGone = error instanceof AntctlError && (error.code === 'API_NOT_FOUND' || error.code === 'API_CONFLICT')
    if (!isGone) throw error
  }
}
