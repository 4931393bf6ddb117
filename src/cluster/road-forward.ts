import type {Duplex} from 'node:stream'
import {AntctlError} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import {openStream} from './road-stream.ts'

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
  const path = `/api/v1/namespaces/${target.namespace}/pods/${encodeURIComponent(target.pod)}/portforward?ports=${target.port}`
  const begun = new Set<number>()
  return openStream(credentials, {path, protocols: ['v4.channel.k8s.io'], ...options}, (channel, data) => {
    const bytes = begun.has(channel) ? data : data.subarray(2)
    begun.add(channel)
    if (bytes.length === 0) return undefined
    if (channel === 0) return bytes
    return channel === 1 ? forwardError(target, bytes.toString('utf8')) : undefined
  })
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
