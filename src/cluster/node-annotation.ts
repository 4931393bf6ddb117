import * as v from 'valibot'
import {names} from '../model/names.ts'
import type {ApiServer} from './api.ts'

/** Tells the peers where this Node takes tunnelled and routed packets; no address takes the word back. */
export async function annotateTransport(api: ApiServer, node: string, addresses: readonly string[]): Promise<void> {
  const value = addresses.length === 0 ? null : addresses.join(',')
  await api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, {
    metadata: {annotations: {[names.transportAnnotation]: value}},
  })
}

/** Takes away what an agent of upstream wrote on this Node; answers which annotations these were. */
export async function removeUpstreamAnnotations(
  api: Pick<ApiServer, 'get' | 'patch'>,
  node: string,
): Promise<readonly string[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`
  const {annotations} = v.parse(annotated, await api.get(path)).metadata
  const present = names.upstreamAnnotations.filter((key) => Object.hasOwn(annotations, key))
  const without = Object.fromEntries(present.map((key) => [key, null]))
  if (present.length > 0) await api.patch(path, {metadata: {annotations: without}})
  return present
}

const annotated = v.object({metadata: v.object({annotations: v.optional(v.record(v.string(), v.string()), {})})})
