import * as v from 'valibot'
import type {NodeConfigContent} from '../model/change.ts'
import type {ApiServer, CallOptions} from './api.ts'

export interface StoredNodeConfig {
  readonly resourceVersion: string
  readonly content: NodeConfigContent
}

const collection = '/apis/crd.antrea.io/v1alpha1/antreanodeconfigs'

const schema = v.looseObject({metadata: v.looseObject({name: v.string(), resourceVersion: v.string()})})

/** All AntreaNodeConfigs by their names, which are those of their Nodes. */
export async function listNodeConfigs(
  api: ApiServer,
  options?: CallOptions,
): Promise<ReadonlyMap<string, StoredNodeConfig>> {
  const {items} = await api.list(collection, options)
  return new Map(items.map(translate))
}

/** Over that version, or (undefined) as a new object; API_CONFLICT where it is another by now. */
export async function writeNodeConfig(
  api: ApiServer,
  node: string,
  {content, resourceVersion}: {readonly content: NodeConfigContent; readonly resourceVersion: string | undefined},
  options?: CallOptions,
): Promise<void> {
  const {metadata, ...rest} = v.parse(contentSchema, content)
  const head = {apiVersion: 'crd.antrea.io/v1alpha1', kind: 'AntreaNodeConfig'}
  const object = {...head, ...rest, metadata: {...metadata, name: node}}
  if (resourceVersion === undefined) await api.post(collection, object, options)
  else await api.put(pathOf(node), {...object, metadata: {...object.metadata, resourceVersion}}, options)
}

const contentSchema = v.looseObject({metadata: v.optional(v.looseObject({}), {})})

/** Only that version of it. */
export async function deleteNodeConfig(
  api: ApiServer,
  node: string,
  resourceVersion: string,
  options?: CallOptions,
): Promise<void> {
  await api.delete(pathOf(node), {...options, resourceVersion})
}

/** What somebody wrote, without what the API server adds: two of the same content are the same to whoever wrote them. */
function translate(object: unknown): readonly [string, StoredNodeConfig] {
  const {metadata, apiVersion: _version, kind: _kind, ...rest} = v.parse(schema, object)
  const {
    name,
    resourceVersion,
    uid: _uid,
    generation: _generation,
    creationTimestamp: _time,
    managedFields: _fields,
    ...own
  } = metadata
  const content = {...rest, ...(Object.keys(own).length > 0 && {metadata: own})}
  return [name, {resourceVersion, content}]
}

function pathOf(node: string): string {
  return `${collection}/${encodeURIComponent(node)}`
}
