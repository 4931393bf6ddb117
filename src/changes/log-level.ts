import type {ApiServer, CallOptions} from '../cluster/api.ts'
import {AntctlError} from '../model/errors.ts'

const collection = '/apis/crd.antrea.io/v1alpha1/antreanodeconfigs'

/** Sets logVerbosity of one Node's own configuration, which its agent follows at once; undefined takes it back. */
export async function setLogVerbosity(
  api: Pick<ApiServer, 'patch' | 'post'>,
  node: string,
  level: number | undefined,
  options?: CallOptions,
): Promise<void> {
  const spec = {agent: {logVerbosity: level ?? null}}
  try {
    await api.patch(`${collection}/${encodeURIComponent(node)}`, {spec}, 'application/merge-patch+json', options)
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
    if (level === undefined) return
    const object = {apiVersion: 'crd.antrea.io/v1alpha1', kind: 'AntreaNodeConfig', metadata: {name: node}, spec}
    await api.post(collection, object, options)
  }
}
