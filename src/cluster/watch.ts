import {setTimeout as sleep} from 'node:timers/promises'
import * as v from 'valibot'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {ApiServer} from './api.ts'

/** One collection kept in step with the API server, as our own projections of its objects. */
export interface Collection<T> {
  /** With its selectors: "/api/v1/nodes?labelSelector=…". */
  readonly path: string
  /** undefined: leave this object out. */
  readonly translate: (object: unknown) => {readonly key: string; readonly value: T} | undefined
  /** A LIST that comes back empty is not believed: what is known stays. */
  readonly neverEmpty?: boolean
}

export interface Watcher<T> {
  readonly signal: AbortSignal
  /** After the first LIST, and after each change; the map is a new one each time. */
  onChange(items: ReadonlyMap<string, T>): void
  onTrouble?(error: AntctlError): void
  /** Milliseconds of the first pause after a failure; doubled up to 10 s. */
  readonly firstPause?: number
}

const longestPause = 10_000
/** Bookmarks come about every 60 s: silence for longer is a dead connection. */
const silence = 90_000
const timeoutSeconds = 300

/** Lists and watches until the signal fires; survives restarts of the API server and expired versions. */
export async function watchCollection<T>(
  api: ApiServer,
  collection: Collection<T>,
  watcher: Watcher<T>,
): Promise<void> {
  let pause = watcher.firstPause ?? 250
  let items: ReadonlyMap<string, T> = new Map()
  let version: string | undefined
  while (!watcher.signal.aborted) {
    try {
      if (version === undefined) {
        const listed = await listOnce(api, collection, items, watcher.signal)
        items = listed.items
        version = listed.version
        watcher.onChange(items)
      }
      for await (const event of watchOnce(api, collection.path, version, watcher.signal)) {
        pause = watcher.firstPause ?? 250
        version = versionOf(event.object) ?? version
        const next = reduce(items, event, collection)
        if (next === items) continue
        items = next
        watcher.onChange(items)
      }
    } catch (error) {
      if (watcher.signal.aborted) return
      const trouble =
        error instanceof AntctlError ? error : new AntctlError('API_ANSWER', sentenceOf(error), {cause: error})
      if (trouble.code !== 'API_UNREACHABLE') version = undefined
      if (trouble.code === 'API_EXPIRED') continue
      watcher.onTrouble?.(trouble)
      await sleep(pause * (0.5 + Math.random()), undefined, {signal: watcher.signal}).catch(() => undefined)
      pause = Math.min(pause * 2, longestPause)
    }
  }
}

async function listOnce<T>(
  api: ApiServer,
  {path, translate, neverEmpty}: Collection<T>,
  known: ReadonlyMap<string, T>,
  signal: AbortSignal,
): Promise<{readonly items: ReadonlyMap<string, T>; readonly version: string}> {
  const list = await api.list(path, {signal})
  const items = new Map(list.items.flatMap((object) => entryOf(translate(object))))
  if (neverEmpty === true && items.size === 0) {
    throw new AntctlError('API_ANSWER', `the API server listed nothing at ${path}; keeping the ${known.size} known`)
  }
  return {items, version: list.resourceVersion}
}

async function* watchOnce(
  api: ApiServer,
  path: string,
  version: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const query = new URLSearchParams({
    watch: 'true',
    resourceVersion: version,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(timeoutSeconds),
  })
  const lines = api.stream(`${path}${path.includes('?') ? '&' : '?'}${query.toString()}`, {signal, silence})
  for await (const line of lines) {
    const event = v.parse(eventSchema, JSON.parse(line))
    if (event.type === 'ERROR')
      throw new AntctlError('API_EXPIRED', `the watch of ${path} ended: ${messageOf(event.object)}`)
    yield event
  }
}

const eventSchema = v.object({
  type: v.picklist(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: v.unknown(),
})
type WatchEvent = v.InferOutput<typeof eventSchema>

/** The map after one event; the same map when nothing that we keep has changed. */
function reduce<T>(
  items: ReadonlyMap<string, T>,
  event: WatchEvent,
  {translate}: Collection<T>,
): ReadonlyMap<string, T> {
  if (event.type === 'BOOKMARK') return items
  const entry = translate(event.object)
  if (entry === undefined) return items
  if (event.type === 'DELETED') return new Map([...items].filter(([key]) => key !== entry.key))
  if (JSON.stringify(items.get(entry.key)) === JSON.stringify(entry.value)) return items
  return new Map([...items, [entry.key, entry.value]])
}

function entryOf<T>(entry: {readonly key: string; readonly value: T} | undefined): readonly (readonly [string, T])[] {
  return entry === undefined ? [] : [[entry.key, entry.value]]
}

function versionOf(object: unknown): string | undefined {
  const parsed = v.safeParse(v.object({metadata: v.object({resourceVersion: v.string()})}), object)
  return parsed.success ? parsed.output.metadata.resourceVersion : undefined
}

function messageOf(object: unknown): string {
  const parsed = v.safeParse(v.object({message: v.string()}), object)
  return parsed.success ? parsed.output.message : 'no reason given'
}
