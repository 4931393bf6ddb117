import {createHash, randomBytes} from 'node:crypto'
import type {IncomingMessage} from 'node:http'
import {request} from 'node:https'
import {text as readText} from 'node:stream/consumers'
import type {Duplex} from 'node:stream'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import {refusal} from './api-refusal.ts'
import {encodeFrame, frameReader} from './road-frames.ts'

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
  /** Once, however it ends: with an error unless the other side said goodbye. */
  readonly onEnd: (error?: AntctlError) => void
}

export interface OpenOptions {
  readonly path: string
  readonly protocols: readonly string[]
  /** Milliseconds for the handshake. A dead Node makes the API server wait 30 s: 10 s is the default here. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
}

/** RFC 6455 §4: a GET over the API server's TLS that becomes a WebSocket, or the server's own refusal. */
export async function openChannels(
  credentials: ApiCredentials,
  options: OpenOptions,
  events: ChannelEvents,
): Promise<Channels> {
  const key = randomBytes(16).toString('base64')
  const {response, socket, head} = await upgrade(credentials, options, key)
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  if (response.headers['sec-websocket-accept'] !== accept) {
    socket.destroy()
    throw new AntctlError(
      'API_ANSWER',
      `the API server's WebSocket answer to ${pathOf(options)} is not for this request`,
    )
  }
  return joined(socket, head, response.headers['sec-websocket-protocol'] ?? '', events)
}

interface Upgraded {
  readonly response: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

async function upgrade(credentials: ApiCredentials, options: OpenOptions, key: string): Promise<Upgraded> {
  const base = new URL(credentials.server)
  const timeout = options.timeout ?? 10_000
  const deadline = AbortSignal.timeout(timeout)
  const token = await credentials.token?.()
  const {promise, resolve, reject} = Promise.withResolvers<Upgraded>()
  const outgoing = request(new URL(base.pathname.replace(/\/$/u, '') + options.path, base), {
    agent: false,
    ...(credentials.ca !== undefined && {ca: credentials.ca}),
    ...(credentials.insecure === true && {rejectUnauthorized: false}),
    ...(credentials.servername !== undefined && {servername: credentials.servername}),
    ...credentials.certificate,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': options.protocols.join(', '),
      ...(token !== undefined && {authorization: `Bearer ${token}`}),
    },
  })
  const stop = () => outgoing.destroy(new Error(deadline.aborted ? `no answer within ${timeout / 1000} s` : 'given up'))
  deadline.addEventListener('abort', stop, {once: true})
  options.signal?.addEventListener('abort', stop, {once: true})
  outgoing.on('upgrade', (response, socket, head) => resolve({response, socket, head}))
  outgoing.on('response', (response) => void refused(response, options).then(reject, reject))
  outgoing.on('error', (cause) => {
    reject(new AntctlError('API_UNREACHABLE', `${pathOf(options)}: ${sentenceOf(cause)}`, {cause}))
  })
  outgoing.end()
  try {
    return await promise
  } finally {
    deadline.removeEventListener('abort', stop)
    options.signal?.removeEventListener('abort', stop)
  }
}

async function refused(response: IncomingMessage, options: OpenOptions): Promise<AntctlError> {
  const body = await readText(response)
  return refusal(response.statusCode ?? 500, body.slice(0, 10_000), {method: 'GET', path: options.path})
}

function joined(socket: Duplex, head: Buffer, protocol: string, events: ChannelEvents): Channels {
  let ended = false
  const end = (error?: AntctlError) => {
    if (ended) return
    ended = true
    socket.destroy()
    events.onEnd(error)
  }
  const read = frameReader({
    data: (message) => {
      if (message.length > 0) events.onMessage(message[0] ?? 0, message.subarray(1))
    },
    ping: (payload) => void socket.write(encodeFrame('pong', payload)),
    close: (code, reason) => end(code === 1000 || code === undefined ? undefined : closed(code, reason)),
  })
  const take = (bytes: Buffer) => {
    try {
      read(bytes)
    } catch (cause) {
      end(new AntctlError('API_ANSWER', `the WebSocket broke its protocol: ${sentenceOf(cause)}`, {cause}))
    }
  }
  socket.on('data', take)
  socket.on('error', (cause) =>
    end(new AntctlError('API_UNREACHABLE', `the connection broke: ${sentenceOf(cause)}`, {cause})),
  )
  socket.on('close', () => end())
  if (head.length > 0) take(head)
  return {
    protocol,
    send: (channel, data, done) =>
      void socket.write(encodeFrame('binary', Buffer.concat([Buffer.of(channel), data])), done),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => {
      if (!ended) socket.write(encodeFrame('close', Buffer.of(0x03, 0xe8)))
      end()
    },
  }
}

function closed(code: number, reason: string): AntctlError {
  return new AntctlError('API_UNREACHABLE', `the API server closed the connection (${code}${reason && `: ${reason}`})`)
}

function pathOf(options: OpenOptions): string {
  return options.path.split('?')[0] ?? options.path
}
