import type {Agent} from 'node:https'
import * as v from 'valibot'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import {refusal} from './api-refusal.ts'
import {parseBounded} from './bounded-json.ts'
import {httpsAgent} from './https-agent.ts'
import {defaultTimeout, readBounded, send, unreachable} from './api-transport.ts'

/** How to reach one API server and who we are there. */
export interface ApiCredentials {
  /** For example https://172.31.1.1:6443; a path prefix is kept. */
  readonly server: string
  /** PEM; absent: the system's authorities. */
  readonly ca?: string | undefined
  readonly insecure?: boolean | undefined
  readonly servername?: string | undefined
  /** The kubeconfig's proxy-url. */
  readonly proxyUrl?: string | undefined
  /** PEM pair of a client certificate. */
  readonly certificate?: {readonly cert: string; readonly key: string} | undefined
  /** Asked before each request, so that a rotated token is taken up. */
  readonly token?: (() => Promise<string>) | undefined
}

export type PatchType = 'application/merge-patch+json' | 'application/json-patch+json' | 'application/apply-patch+yaml'

export interface CallOptions {
  /** Milliseconds until API_UNREACHABLE; 30 000 when absent. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** The API server as a few verbs over JSON; answers are `unknown` until a translate-* file has looked at them. */
export interface ApiServer {
  readonly server: string
  get(path: string, options?: CallOptions): Promise<unknown>
  /** All items of a collection, in pages of 500; `items` in the server's order, resourceVersion of the first page. */
  list(path: string, options?: CallOptions): Promise<ApiList>
  post(path: string, body: unknown, options?: CallOptions): Promise<unknown>
  put(path: string, body: unknown, options?: CallOptions): Promise<unknown>
  patch(path: string, body: unknown, type?: PatchType, options?: CallOptions): Promise<unknown>
  /** With `resourceVersion` only that version of it: API_CONFLICT otherwise. */
  delete(
    path: string,
    options?: CallOptions & {readonly resourceVersion?: string; readonly uid?: string},
  ): Promise<unknown>
  /** Lines of a watch or a log until the server ends it, `signal` fires or `silence` milliseconds pass without a byte. */
  stream(path: string, options: {readonly signal: AbortSignal; readonly silence?: number}): AsyncIterable<string>
  close(): void
}

export interface ApiList {
  readonly resourceVersion: string
  readonly items: readonly unknown[]
}

/** etcd refuses objects above 1.5 MiB; a watch line is one object with its envelope. */
const longestLine = 4 * 1024 * 1024

export function openApiServer(credentials: ApiCredentials): ApiServer {
  const agent = httpsAgent(credentials)
  const call = async (
    method: string,
    path: string,
    options: CallOptions = {},
    body?: unknown,
    type = 'application/json',
  ) => {
    const deadline = AbortSignal.timeout(options.timeout ?? defaultTimeout)
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    const response = await send(credentials, {method, path, agent, signal}, body, type)
    const answer = await readBounded(response, credentials.server)
    if ((response.statusCode ?? 500) >= 300) throw refusal(response.statusCode ?? 500, answer, {method, path})
    return parseJson(answer, path)
  }
  return {
    server: credentials.server,
    get: (path, options) => call('GET', path, options),
    list: (path, options) => listAll((page) => call('GET', page, options), path),
    post: (path, body, options) => call('POST', path, options, body),
    put: (path, body, options) => call('PUT', path, options, body),
    patch: (path, body, type = 'application/merge-patch+json', options = {}) =>
      call('PATCH', path, options, body, type),
    delete: (path, {resourceVersion, uid, ...options} = {}) =>
      call('DELETE', path, options, deleteOptions({resourceVersion, uid})),
    stream: (path, options) => streamLines(credentials, agent, path, options),
    close: () => agent.destroy(),
  }
}

function deleteOptions(of: {
  readonly resourceVersion: string | undefined
  readonly uid: string | undefined
}): object | undefined {
  const preconditions = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
  return Object.keys(preconditions).length === 0 ? undefined : {apiVersion: 'v1', kind: 'DeleteOptions', preconditions}
}

async function listAll(get: (path: string) => Promise<unknown>, path: string): Promise<ApiList> {
  const items: unknown[] = []
  const separator = path.includes('?') ? '&' : '?'
  let resourceVersion: string | undefined
  let rest = ''
  do {
    const page = v.parse(listSchema, await get(`${path}${separator}limit=500${rest}`))
    items.push(...(page.items ?? []))
    resourceVersion ??= page.metadata.resourceVersion
    rest = page.metadata.continue ? `&continue=${encodeURIComponent(page.metadata.continue)}` : ''
  } while (rest !== '')
  return {resourceVersion, items}
}

const listSchema = v.object({
  metadata: v.object({resourceVersion: v.optional(v.string(), ''), continue: v.optional(v.string())}),
  items: v.nullish(v.array(v.unknown())),
})

async function* streamLines(
  credentials: ApiCredentials,
  agent: Agent,
  path: string,
  {signal, silence = 90_000}: {readonly signal: AbortSignal; readonly silence?: number},
): AsyncGenerator<string> {
  const opening = AbortSignal.any([signal, AbortSignal.timeout(defaultTimeout)])
  const cut = new AbortController()
  const opened = () => cut.abort()
  opening.addEventListener('abort', opened)
  const response = await send(
    credentials,
    {method: 'GET', path, agent, signal: AbortSignal.any([signal, cut.signal])},
    undefined,
    '',
  )
  opening.removeEventListener('abort', opened)
  if ((response.statusCode ?? 500) >= 300) {
    throw refusal(response.statusCode ?? 500, await readBounded(response, credentials.server), {method: 'GET', path})
  }
  response.setEncoding('utf8')
  response.setTimeout(silence, () => response.destroy(new Error(`no sign of life for ${silence / 1000} s`)))
  let rest = ''
  try {
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine)
        throw new AntctlError('API_ANSWER', `${path}: a line longer than ${longestLine} bytes`)
      yield* lines.filter((line) => line !== '')
    }
    if (rest !== '') yield rest
  } catch (error) {
    throw error instanceof AntctlError ? error : unreachable(credentials.server, error)
  } finally {
    response.destroy()
  }
}

function parseJson(answer: string, path: string): unknown {
  try {
    return parseBounded(answer)
  } catch (cause) {
    throw new AntctlError(
      'API_ANSWER',
      `the API server's answer to ${path} is not JSON to be read: ${sentenceOf(cause)}`,
      {
        cause,
      },
    )
  }
}
