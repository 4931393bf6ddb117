import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

const nodeSchema = v.object({
  metadata: v.object({name: v.string()}),
  spec: v.object({providerID: v.string()}),
})

/** "azure" of a Node whose spec.providerID is azure:///subscriptions/…; undefined where nobody has said it. */
export function providerOf(object: unknown): string | undefined {
  const parsed = v.safeParse(nodeSchema, object)
  return parsed.success ? /^([a-z][a-z0-9-]{0,62}):\/\//u.exec(parsed.output.spec.providerID)?.[1] : undefined
}

/** By Node; of none where the caller may not list Nodes. */
export async function listProviders(
  api: Pick<ApiServer, 'list'>,
  options?: CallOptions,
): Promise<ReadonlyMap<string, string>> {
  try {
    const {items} = await api.list('/api/v1/nodes', options)
    return new Map(
      items.flatMap((item) => {
        const [parsed, provider] = [v.safeParse(nodeSchema, item), providerOf(item)]
        return parsed.success && provider !== undefined ? [[parsed.output.metadata.name, provider] as const] : []
      }),
    )
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_FORBIDDEN') return new Map()
    throw error
  }
}
