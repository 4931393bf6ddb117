import {createServer, type Server} from 'node:https'
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
} from 'node:http'
import {pipeline} from 'node:stream/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {listenForRoot} from '../root-socket.ts'
import type {Admit} from './admission.ts'
import type {Certificate} from './certificate.ts'

/** What one path answers; `anonymous` needs no token, for the kubelet's probes. */
export interface Endpoint {
  readonly anonymous?: true
  /** `signal`: who asked has gone. */
  answer(query: URLSearchParams, signal: AbortSignal): Promise<Answer> | Answer
}

export interface Answer {
  readonly status?: number
  readonly type?: string
  /** Text as it is; anything else as JSON. */
  readonly body: unknown
  /** In the place of a body: sent as it comes. */
  readonly stream?: AsyncIterable<Buffer>
}

export interface ServerOptions {
  readonly port: number
  readonly certificate: Certificate
  readonly admit: Admit
  readonly endpoints: Readonly<Record<string, Endpoint>>
  readonly onError: (error: unknown) => void
}

/** The agent API over HTTPS: GET only, every path but the probes behind the API server's own say. */
export async function startApi({port, certificate, ...how}: ServerOptions): Promise<Server> {
  const server = createServer({...certificate, minVersion: 'TLSv1.2', requestTimeout: 30_000}, respond(how))
  server.maxConnections = 256
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, resolve)
  await promise
  server.off('error', reject).on('error', how.onError)
  return server
}

/** The same for root of this Node, who may read all of it anyway: without TLS and tokens, on a socket. */
export async function startLocalApi(
  path: string,
  how: Pick<ServerOptions, 'endpoints' | 'onError'>,
): Promise<PlainServer> {
  const server = createPlainServer({requestTimeout: 30_000}, respond({...how, admit: async () => 'allowed'}))
  server.maxConnections = 64
  await listenForRoot(server, path)
  server.on('error', how.onError)
  return server
}

function respond({admit, endpoints, onError}: Pick<ServerOptions, 'admit' | 'endpoints' | 'onError'>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    serve(request, {admit, endpoints, signal: gone.signal})
      .catch((error: unknown) => {
        if (!(error instanceof AntctlError)) onError(error)
        return refused(error)
      })
      .then((answer) => send(response, answer))
      .catch((error: unknown) => {
        if (!gone.signal.aborted) onError(error)
      })
  }
}

async function serve(
  {method, url = '/', headers}: IncomingMessage,
  {admit, endpoints, signal}: Pick<ServerOptions, 'admit' | 'endpoints'> & {readonly signal: AbortSignal},
): Promise<Answer> {
  const {pathname, searchParams} = new URL(url, 'https://localhost')
  const endpoint = Object.hasOwn(endpoints, pathname) ? endpoints[pathname] : undefined
  if (endpoint?.anonymous !== true) {
    const token = /^Bearer (?<token>\S+)$/u.exec(headers.authorization ?? '')?.groups?.['token']
    const admission = await admit(token, pathname)
    if (admission === 'unauthenticated') return failure(401, 'a bearer token for audience antrea-agent is needed')
    if (admission === 'forbidden') return failure(403, `not allowed to get ${pathname}`)
  }
  if (endpoint === undefined) return failure(404, `there is no ${pathname} here`)
  if (method !== 'GET') return failure(405, 'the agent API only answers GET')
  return endpoint.answer(searchParams, signal)
}

const statusOf: Readonly<Partial<Record<string, number>>> = {
  ADDRESS_INVALID: 400,
  FLOW_INVALID: 400,
  POD_UNKNOWN: 404,
  USAGE: 400,
  API_UNREACHABLE: 503,
}

function refused(error: unknown): Answer {
  if (!(error instanceof AntctlError)) return failure(500, 'the agent failed to answer')
  return failure(statusOf[error.code] ?? 500, sentenceOf(error), error.code)
}

function failure(status: number, message: string, code?: string): Answer {
  return {status, body: {status, message, ...(code !== undefined && {code})}}
}

async function send(response: ServerResponse, {status = 200, type, body, stream}: Answer): Promise<void> {
  if (stream !== undefined) {
    response.writeHead(status, {
      'content-type': type ?? 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    })
    await pipeline(stream, response)
    return
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, {
    'content-type': type ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'),
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
