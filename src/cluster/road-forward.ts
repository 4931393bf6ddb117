import {Duplex} from 'node:stream'
import {AntctlError} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import type {Channels} from './road-websocket.ts'

export interface ForwardTarget {
  readonly namespace: string
  readonly pod: string
  readonly port: number
}

/**
 * One TCP connection to a port of a Pod, through the API server and the kubelet: channel 0 carries the bytes, channel 1
 * the kubelet's error text; each begins with the port number in two bytes. There is no half close: ending it ends both
 * ways. A refused port does not fail the handshake: the text on channel 1 does.
 */
export async function forwardPort(
  credentials: ApiCredentials,
  target: ForwardTarget,
  options: {readonly signal?: AbortSignal | undefined; readonly timeout?: number} = {},
): Promise<Duplex> {
  const {openChannels} = await import('./road-websocket.ts')
  const path = `/api/v1/namespaces/${target.namespace}/pods/${encodeURIComponent(target.pod)}/portforward?ports=${target.port}`
  const opening: {channels?: Channels} = {}
  const begun = new Set<number>()
  const stream = new Duplex({
    read: () => opening.channels?.resume(),
    write: (chunk: Buffer, _encoding, done) => opening.channels?.send(0, chunk, done),
    final: (done) => {
      opening.channels?.close()
      done()
    },
    destroy: (error, done) => {
      opening.channels?.close()
      done(error)
    },
  })
  // The kubelet's refusal may come before anybody could listen: it is thrown below, or found by who reads.
  stream.on('error', () => undefined)
  const onMessage = (channel: number, data: Buffer) => {
    const bytes = begun.has(channel) ? data : data.subarray(2)
    begun.add(channel)
    if (bytes.length === 0) return
    if (channel === 0 && !stream.push(bytes)) opening.channels?.pause()
    if (channel === 1) stream.destroy(forwardError(target, bytes.toString('utf8')))
  }
  const onEnd = (error?: AntctlError) => {
    if (error !== undefined) stream.destroy(error)
    else stream.push(null)
  }
  opening.channels = await openChannels(
    credentials,
    {path, protocols: ['v4.channel.k8s.io'], ...options},
    {onMessage, onEnd},
  )
  return stream
}

function forwardError(target: ForwardTarget, text: string): AntctlError {
  const short = /connection refused/u.test(text) ? `nothing listens on port ${target.port}` : text.slice(0, 300)
  return new AntctlError('AGENT_UNREACHABLE', `${target.namespace}/${target.pod}: ${short}`, {
    remedy: [
      `kubectl -n ${target.namespace} get pod ${target.pod} -o wide`,
      `kubectl -n ${target.namespace} logs ${target.pod} -c antrea-agent`,
    ],
  })
}
