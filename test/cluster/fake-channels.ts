import type {IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import type {ApiCredentials} from '../../src/cluster/api.ts'
import {openChannels, type Channels, type OpenOptions} from '../../src/cluster/road-websocket.ts'
import {acceptUpgrade, listen, serverFrame, type Listening} from './fake-servers.ts'

export const protocol = 'v4.channel.k8s.io'
export type Upgrade = (request: IncomingMessage, socket: Duplex) => void

export async function server(upgrade: Upgrade, options: Parameters<typeof listen>[1] = {}): Promise<Listening> {
  const listening = await listen((_request, response) => response.writeHead(404).end(), options)
  listening.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined)
    upgrade(request, socket)
  })
  return listening
}

export function credentialsOf(listening: Listening): ApiCredentials {
  return {server: `https://127.0.0.1:${listening.port}`, ca: listening.authority}
}

export interface Heard {
  readonly channels: Channels
  readonly messages: readonly [channel: number, data: Buffer][]
  /** How it ended. */
  readonly end: Promise<Error | undefined>
}

export async function open(credentials: ApiCredentials, options: Partial<OpenOptions> = {}): Promise<Heard> {
  const messages: [number, Buffer][] = []
  const {promise: end, resolve: onEnd} = Promise.withResolvers<Error | undefined>()
  const onMessage = (channel: number, data: Buffer) => void messages.push([channel, data])
  const channels = await openChannels(
    credentials,
    {path: '/x?ports=1', protocols: [protocol], ...options},
    {onMessage, onEnd},
  )
  return {channels, messages, end}
}

/** Joins, says these frames in one piece with the handshake, which is the earliest that they can come, and ends. */
export function says(...frames: readonly Buffer[]): Upgrade {
  return (request, socket) => {
    joins(...frames)(request, socket)
    socket.end()
  }
}

export function joins(...frames: readonly Buffer[]): Upgrade {
  return (request, socket) => {
    socket.cork()
    acceptUpgrade(request, socket, protocol)
    socket.write(Buffer.concat(frames))
    socket.uncork()
  }
}

export const goodbye = serverFrame(8, Buffer.of(0x03, 0xe8))
