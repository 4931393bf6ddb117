import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {refuse} from '../model/refusals/refuse.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** antrea-agent.conf with the version that a write must still find. */
export interface StoredConfig {
  readonly text: string
  readonly resourceVersion: string
}

const path = `/api/v1/namespaces/${names.namespace}/configmaps/${names.configMap}`
const schema = v.object({
  metadata: v.object({resourceVersion: v.string()}),
  data: v.optional(v.record(v.string(), v.string()), {}),
})

export async function readStoredConfig(api: ApiServer, options?: CallOptions): Promise<StoredConfig> {
  const found = v.safeParse(schema, await api.get(path, options))
  const text = found.success ? found.output.data[names.configKey] : undefined
  if (!found.success || text === undefined) throw refuse('config-missing')
  return {text, resourceVersion: found.output.metadata.resourceVersion}
}

/** Only if nobody wrote it since it was read: API_CONFLICT otherwise. */
export async function writeStoredConfig(
  api: ApiServer,
  {text, resourceVersion}: StoredConfig,
  options?: CallOptions,
): Promise<void> {
  const patch = {metadata: {resourceVersion}, data: {[names.configKey]: text}}
  try {
    await api.patch(path, patch, 'application/merge-patch+json', options)
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_CONFLICT') throw error
    throw new AntctlError(
      'API_CONFLICT',
      'somebody else changed the configuration in the meantime; nothing was written',
      {
        remedy: ['run the command again and look at the new plan'],
        cause: error,
      },
    )
  }
}
