import * as v from 'valibot'
import type {ApiServer} from '../../src/cluster/api.ts'
import {AntctlError} from '../../src/model/errors.ts'
import type {ProbeOrder} from '../../src/model/probe.ts'

const agentsSchema = v.record(
  v.string(),
  v.looseObject({
    state: v.string(),
    reason: v.exactOptional(v.string()),
    results: v.exactOptional(v.array(v.unknown())),
    counts: v.exactOptional(v.array(v.unknown())),
  }),
)
type Agents = Readonly<v.InferOutput<typeof agentsSchema>>
interface Stored {
  readonly metadata: {readonly name: string; readonly labels: Labels}
  readonly spec: unknown
  readonly status: {readonly agents: Agents}
}
const statusPatch = v.object({status: v.object({agents: agentsSchema})})
const renewalPatch = v.object({spec: v.object({renewal: v.number()})})
const steady = v.looseObject({renewal: v.number()})
const created = v.object({
  metadata: v.object({labels: v.record(v.string(), v.string())}),
  spec: v.looseObject({}),
})
type Labels = Readonly<Record<string, string>>

export type ProbeServer = ReturnType<typeof startProbeServer>

/** An API server that holds sessions, and tells every watcher of each change. */
export function startProbeServer() {
  const objects = new Map<string, Stored>()
  const watchers = new Set<(line: string) => void>()
  /** Of all that happened: its length is the version. */
  const told: string[] = []
  let numbers = 0
  let isAway = false
  const tell = (type: string, object: Stored) => {
    const line = JSON.stringify({type, object})
    told.push(line)
    for (const watcher of watchers) watcher(line)
  }
  const create = (name: string, spec: ProbeOrder, agents: Agents = {}) => put('ADDED', {name, spec, agents})
  const put = (
    type: string,
    {name, spec, agents, labels}: {name: string; spec: unknown; agents: Agents; labels?: Labels},
  ) => {
    const object = {
      metadata: {name, labels: labels ?? objects.get(name)?.metadata.labels ?? {}},
      spec,
      status: {agents},
    }
    objects.set(name, object)
    tell(type, object)
    return object
  }
  const remove = (name: string) => {
    const object = objects.get(name)
    objects.delete(name)
    if (object !== undefined) tell('DELETED', object)
  }
  const find = (name = '') => {
    if (isAway) throw new AntctlError('API_UNREACHABLE', 'the API server is away')
    const stored = objects.get(name)
    if (stored === undefined) throw new AntctlError('API_NOT_FOUND', name)
    return stored
  }
  const refuse = async () => Promise.reject(new AntctlError('API_FORBIDDEN', 'nobody does that'))
  const api: ApiServer = {
    server: 'https://fake',
    get: refuse,
    list: async (path) => ({
      resourceVersion: String(told.length),
      items: [...objects.values()].filter((one) => isSelected(one, path)),
    }),
    post: async (_, body) => {
      const {metadata, spec} = v.parse(created, body)
      return put('ADDED', {name: `probe-${String.fromCodePoint(97 + numbers++)}`, spec, agents: {}, ...metadata})
    },
    put: refuse,
    delete: async (path) => {
      const name = path.split('/').at(-1) ?? ''
      find(name)
      remove(name)
    },
    patch: async (path, body) => {
      const parts = path.split('/')
      if (parts.at(-1) === 'status') {
        const {spec, status} = find(parts.at(-2))
        const agents = {...status.agents, ...v.parse(statusPatch, body).status.agents}
        return put('MODIFIED', {name: parts.at(-2) ?? '', spec, agents})
      }
      const {spec, status} = find(parts.at(-1))
      const {renewal} = v.parse(renewalPatch, body).spec
      return put('MODIFIED', {name: parts.at(-1) ?? '', spec: {...v.parse(steady, spec), renewal}, ...status})
    },
    stream: async function* (path, {signal}) {
      const since = Number(/resourceVersion=(\d+)/u.exec(path)?.[1] ?? told.length)
      const lines = told.slice(since)
      let wake = () => {}
      const watcher = (line: string) => {
        lines.push(line)
        wake()
      }
      watchers.add(watcher)
      signal.addEventListener('abort', () => wake(), {once: true})
      while (!signal.aborted) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) yield line
        const {promise, resolve} = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      watchers.delete(watcher)
    },
    close: () => undefined,
  }
  return {
    api,
    watchers,
    create,
    remove,
    /** Whoever writes is told that it is not there. */
    away: (now: boolean) => (isAway = now),
    names: () => [...objects.keys()],
    states: (name: string) =>
      Object.fromEntries(
        Object.entries(objects.get(name)?.status.agents ?? {}).map(([node, {state}]) => [node, state]),
      ),
    agents: (name: string): Agents => objects.get(name)?.status.agents ?? {},
  }
}

/** By the value of a label; which Nodes a session names is not looked at. */
function isSelected({metadata: {labels}}: Stored, path: string): boolean {
  const [, key = '', value] = /labelSelector=([^=]*)=(.*)$/u.exec(decodeURIComponent(path)) ?? []
  return value === undefined || labels[key] === value
}
