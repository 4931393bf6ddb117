import {names} from '../model/names.ts'
import type {ApiServer} from './api.ts'

/** Tells the peers where this Node takes tunnelled and routed packets; no address takes the word back. */
export async function annotateTransport(api: ApiServer, node: string, addresses: readonly string[]): Promise<void> {
  const value = addresses.length === 0 ? null : addresses.join(',')
  await api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, {
    metadata: {annotations: {[names.transportAnnotation]: value}},
  })
}
