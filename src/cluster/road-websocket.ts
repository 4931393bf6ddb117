import type {IncomingMessage} from 'node:http'
import {WebSocket} from 'ws'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import {refusal} from './api-refusal.ts'
import {httpsAgent} from './https-agent.ts'

/** A WebSocket whose messages are numbered streams: Kubernetes' channel protocol, for port-forward and exec. */
export interface Channels {
  readonly protocol: string
  /** Calls back when the socket has taken the bytes. */
  send(channel: number, data: Buffer, done: (error?: Error | null) => void): void
  pause(): void
  resume(): void
  close(): void
}

export interface ChannelEvents {
  readonly onMessage: (channel: number, data: Buffer) => void
  /** Once, however it ends: with an error when it broke or the other side gives a reason. */
  readonly onEnd: (error?: AntctlError) => void
}

export interface OpenOptions {
  readonly path: string
  readonly protocols: readonly string[]
  /** Milliseconds for the handshake. A dead Node makes the API server wait 30 s: 10 s is the default here. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
}

const limits = {
  perMessageDeflate: false,
  /** Bytes. The kubelet copies in pieces of 32 KiB; a message of megabytes is a fault or an attack. */
  maxPayload: 8 * 1024 * 1024,
  /** Milliseconds for the other half of a goodbye, after which the connection is cut: nobody waits for it but the process. */
  closeTimeout: 250,
}

/** Characters of a refusal; a Status is shorter, and a proxy's page says nothing after that. */
const longestRefusal = 10_000

/** RFC 6455 over the API server's TLS; rejects with the server's own refusal. Load it lazily: it loads `ws`. */
export async function openChannels(
  credentials: ApiCredentials,
  options: OpenOptions,
  events: ChannelEvents,
): Promise<Channels> {
  const path = options.path.split('?')[0] ?? options.path
  const timeout = options.timeout ?? 10_000
  const deadline = AbortSignal.timeout(timeout)
  const given = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  const socket = await dial(credentials, options)
  const {promise, resolve, reject} = Promise.withResolvers<Channels>()
  const unreachable = (cause: unknown) =>
    reject(new AntctlError('API_UNREACHABLE', `${path}: ${sentenceOf(cause)}`, {cause}))
  const stop = () => unreachable(new Error(deadline.aborted ? `no answer within ${timeout / 1000} s` : 'given up'))
  given.addEventListener('abort', stop, {once: true})
  if (given.aborted) stop()
  let upgraded: IncomingMessage | undefined
  socket.once('upgrade', (response) => (upgraded = response))
  socket.once('unexpected-response', (_request, response) => {
    readRefusal(response).then(
      (body) => reject(refusal(response.statusCode ?? 500, body, {method: 'GET', path})),
      unreachable,
    )
  })
  // An error after the server's 101 is about what it answered, before that about reaching it.
  socket.on('error', (cause) => (upgraded === undefined ? unreachable(cause) : reject(notOurs(path, cause))))
  // Joined at once: the first messages may come before whoever awaits us runs.
  socket.once('open', () => resolve(join(socket, upgraded, events)))
  try {
    return await promise
  } catch (error) {
    socket.terminate()
    throw error
  } finally {
    given.removeEventListener('abort', stop)
  }
}

async function dial(credentials: ApiCredentials, {path, protocols}: OpenOptions): Promise<WebSocket> {
  const base = new URL(credentials.server)
  const token = await credentials.token?.()
  const target = new URL(base.pathname.replace(/\/$/u, '') + path, base)
  // Whatever the kubeconfig says: a token never travels in clear text.
  target.protocol = 'wss:'
  return new WebSocket(target, [...protocols], {
    ...limits,
    agent: httpsAgent(credentials),
    headers: {'user-agent': 'antctl', ...(token !== undefined && {authorization: `Bearer ${token}`})},
  })
}

async function readRefusal(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length >= longestRefusal) break
  }
  return text.slice(0, longestRefusal)
}

function notOurs(path: string, cause: Error): AntctlError {
  return new AntctlError('API_ANSWER', `the API server's WebSocket answer to ${path}: ${sentenceOf(cause)}`, {cause})
}

function join(socket: WebSocket, upgraded: IncomingMessage | undefined, events: ChannelEvents): Channels {
  let ended = false
  const end = (error?: AntctlError) => {
    if (ended) return
    ended = true
    if (error !== undefined) socket.terminate()
    events.onEnd(error)
  }
  // The library tells of a broken connection only that it closed; why, its socket knows.
  let broken: Error | undefined
  upgraded?.socket.once('error', (cause) => (broken = cause))
  socket.on('message', (data) => {
    if (!ended && Buffer.isBuffer(data) && data.length > 0) events.onMessage(data[0] ?? 0, data.subarray(1))
  })
  socket.on('error', (cause) =>
    end(new AntctlError('API_ANSWER', `the WebSocket broke its protocol: ${sentenceOf(cause)}`, {cause})),
  )
  socket.on('close', (code, reason) => end(farewell(code, reason.toString('utf8'), broken)))
  return {
    protocol: socket.protocol,
    send: (channel, data, done) => socket.send(Buffer.concat([Buffer.of(channel), data]), done),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => {
      if (ended) return
      // Read on, or the server's goodbye stays behind what nobody wants any more.
      socket.resume()
      socket.close(1000)
      end()
    },
  }
}

/** RFC 6455 §7.4.1: 1000 is a goodbye, 1005 one without a code, 1006 none: a channel's own text says then what happened. */
function farewell(code: number, reason: string, broken: Error | undefined): AntctlError | undefined {
  if (broken !== undefined)
    return new AntctlError('API_UNREACHABLE', `the connection broke: ${sentenceOf(broken)}`, {cause: broken})
  if (code === 1000 || code === 1005 || code === 1006) return undefined
  return new AntctlError('API_UNREACHABLE', `the API server closed the connection (${code}${reason && `: ${reason}`})`)
}
