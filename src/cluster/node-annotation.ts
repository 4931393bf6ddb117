import {names} from '../model/names.ts'
import type {ApiServer} from './api.ts'

/** Tells the peers where this Node takes tunnelled and routed packets; undefined takes the word back. */
export async function annotateTransport(
  api: ApiServer,
  node: string,
  addresses: readonly string[] | undefined,
): Promise<void> {
  const value = addresses === undefined ? null : addresses.join(',')
  await api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, {
    metadata: {annotations: {[names.transportAnnotation]: value}},
  })
}
