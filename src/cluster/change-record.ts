import * as v from 'valibot'
import {type Change, changeSchema, type Journal, journalSchema} from '../model/change.ts'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** A change as the cluster keeps it. */
export interface StoredChange {
  readonly resourceVersion: string
  readonly change: Change
  readonly journal: Journal
  /** What somebody beside the driver asks for. */
  readonly asked?: 'abort'
}

/** Where an object may be written: over this version, or (undefined) as a new one. */
export type Place = string | undefined

const collection = `/api/v1/namespaces/${names.namespace}/configmaps`
const path = `${collection}/${names.changeRecord}`
/** The texts stand by themselves, so that kubectl shows them byte for byte. */
const keys = {
  change: 'change.json',
  journal: 'journal.json',
  before: 'before.conf',
  after: 'after.conf',
  asked: 'asked',
} as const

const schema = v.object({
  metadata: v.object({resourceVersion: v.string()}),
  data: v.optional(v.record(v.string(), v.string()), {}),
})

/** `stored` is absent where none was ever begun: the object is then as it was installed, or not there. */
export async function readChange(
  api: ApiServer,
  options?: CallOptions,
): Promise<{readonly place: Place; readonly stored?: StoredChange}> {
  const found = await api.get(path, options).catch(noneIfAbsent)
  if (found === undefined) return {place: undefined}
  const {metadata, data} = v.parse(schema, found)
  const {resourceVersion} = metadata
  if (data[keys.change] === undefined) return {place: resourceVersion}
  const change = parsed(changeSchema, data[keys.change])
  const journal = parsed(journalSchema, data[keys.journal])
  const [before, after] = [data[keys.before], data[keys.after]]
  if (before === undefined || after === undefined) throw unreadable(`it lacks ${keys.before} or ${keys.after}`)
  const asked = data[keys.asked] === 'abort' ? {asked: 'abort' as const} : {}
  return {
    place: resourceVersion,
    stored: {resourceVersion, change: {...change, config: {before, after}}, journal, ...asked},
  }
}

/** The new resourceVersion; API_CONFLICT where somebody was first. */
export async function writeChange(
  api: ApiServer,
  {config, ...change}: Change,
  {journal, place}: {readonly journal: Journal; readonly place: Place},
  options?: CallOptions,
): Promise<string> {
  const data = {
    [keys.change]: JSON.stringify(change),
    [keys.journal]: JSON.stringify(journal),
    [keys.before]: config.before,
    [keys.after]: config.after,
  }
  const metadata = {name: names.changeRecord, namespace: names.namespace, labels: {app: 'antrea'}}
  const object = {apiVersion: 'v1', kind: 'ConfigMap', metadata, data}
  return versionOf(
    place === undefined
      ? await api.post(collection, object, options)
      : await api.put(path, {...object, metadata: {...metadata, resourceVersion: place}}, options),
  )
}

export async function writeJournal(
  api: ApiServer,
  journal: Journal,
  resourceVersion: string,
  options?: CallOptions,
): Promise<string> {
  return patch(api, {metadata: {resourceVersion}, data: {[keys.journal]: JSON.stringify(journal)}}, options)
}

/** undefined takes the word back. */
export async function askOfDriver(api: ApiServer, what: 'abort' | undefined, options?: CallOptions): Promise<void> {
  await patch(api, {data: {[keys.asked]: what ?? null}}, options)
}

async function patch(api: ApiServer, body: object, options?: CallOptions): Promise<string> {
  return versionOf(await api.patch(path, body, 'application/merge-patch+json', options))
}

function versionOf(answer: unknown): string {
  return v.parse(schema, answer).metadata.resourceVersion
}

/** Anybody with the right may have written it. */
function parsed<Schema extends v.GenericSchema>(shape: Schema, text: string | undefined): v.InferOutput<Schema> {
  try {
    return v.parse(shape, JSON.parse(text ?? ''))
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : 'it is no JSON', cause)
  }
}

function unreadable(why: string, cause?: unknown): AntctlError {
  return new AntctlError('API_ANSWER', `the record of the last change cannot be read: ${why}`, {
    remedy: [
      `kubectl -n ${names.namespace} get configmap ${names.changeRecord} -o yaml`,
      `kubectl -n ${names.namespace} delete configmap ${names.changeRecord} forgets it, and with it the way back`,
    ],
    cause,
  })
}

export function noneIfAbsent(error: unknown): undefined {
  if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return undefined
  throw error
}
