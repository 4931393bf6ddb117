import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer} from './api.ts'

const collection = '/apis/crd.antrea.io/v1beta1/antreaagentinfos'
const writtenSchema = v.object({metadata: v.object({resourceVersion: v.string()})})

/**
 * Creates or replaces this agent's AntreaAgentInfo. Replaced as a whole: server-side apply turns a map that became empty
 * into null, which the schema refuses, and a merge would keep what is gone.
 */
export async function putAgentInfo(api: ApiServer, {metadata: {name}, ...info}: AgentInfo): Promise<void> {
  const path = `${collection}/${encodeURIComponent(name)}`
  const object = {apiVersion: 'crd.antrea.io/v1beta1', kind: 'AntreaAgentInfo', ...info}
  const resourceVersion = await versionOf(api, path)
  if (resourceVersion === undefined) await api.post(collection, {...object, metadata: {name}})
  else await api.put(path, {...object, metadata: {name, resourceVersion}})
}

async function versionOf(api: ApiServer, path: string): Promise<string | undefined> {
  try {
    return v.parse(writtenSchema, await api.get(path)).metadata.resourceVersion
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return undefined
    throw error
  }
}
