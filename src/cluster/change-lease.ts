import * as v from 'valibot'
import {names} from '../model/names.ts'
import type {ApiServer, CallOptions} from './api.ts'
import {noneIfAbsent, type Place} from './change-record.ts'

export interface StoredLease {
  readonly place: Place
  /** undefined: nobody drives. */
  readonly holder?: string | undefined
  /** As the holder wrote it: compared with itself alone, since clocks differ. */
  readonly renewed: string
}

const collection = `/apis/coordination.k8s.io/v1/namespaces/${names.namespace}/leases`
const path = `${collection}/${names.changeRecord}`

const schema = v.object({
  metadata: v.object({resourceVersion: v.string()}),
  spec: v.optional(v.object({holderIdentity: v.nullish(v.string()), renewTime: v.nullish(v.string())}), {}),
})

export async function readLease(api: ApiServer, options?: CallOptions): Promise<StoredLease> {
  const found = await api.get(path, options).catch(noneIfAbsent)
  return found === undefined ? {place: undefined, renewed: ''} : translate(found)
}

/** API_CONFLICT where somebody else wrote it. */
export async function writeLease(
  api: ApiServer,
  {holder, place, seconds}: {readonly holder: string | undefined; readonly place: Place; readonly seconds: number},
  options?: CallOptions,
): Promise<StoredLease> {
  // The API server wants microseconds.
  const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`
  const spec = holder === undefined ? {} : {holderIdentity: holder, leaseDurationSeconds: seconds, renewTime}
  const metadata = {name: names.changeRecord, namespace: names.namespace, labels: {app: 'antrea'}}
  const object = {apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec}
  return translate(
    place === undefined
      ? await api.post(collection, object, options)
      : await api.put(path, {...object, metadata: {...metadata, resourceVersion: place}}, options),
  )
}

function translate(object: unknown): StoredLease {
  const {metadata, spec} = v.parse(schema, object)
  return {place: metadata.resourceVersion, holder: spec.holderIdentity ?? undefined, renewed: spec.renewTime ?? ''}
}
