import type {Duplex} from 'node:stream'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {ApiCredentials} from './api.ts'
import {exitCodeOf} from './exec.ts'
import type {ForwardTarget} from './road-forward.ts'
import {openStream} from './road-stream.ts'

/**
 * A port-forward's connection where that is not allowed and exec is: a program of the agent's image joins what it reads
 * and writes to the port. What passes is the same, TLS and all.
 */
export async function execRelay(
  credentials: ApiCredentials,
  target: ForwardTarget,
  options: {readonly signal?: AbortSignal | undefined; readonly timeout?: number} = {},
): Promise<Duplex> {
  const {namespace, pod, port} = target
  const query = new URLSearchParams([
    ['container', names.agentContainer],
    ...['stdin', 'stdout', 'stderr'].map((name): [string, string] => [name, 'true']),
    ...['node', names.relayProgram, String(port)].map((word): [string, string] => ['command', word]),
  ])
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/exec?${query.toString()}`
  let said = ''
  return openStream(
    credentials,
    {path, protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'], ...options},
    (channel, data) => {
      if (channel === 1) return data
      if (channel === 2) said = (said + data.toString('utf8')).slice(0, 300)
      return channel === 3 && data.length > 0 ? endOf(data.toString('utf8'), target, said) : undefined
    },
  )
}

/** undefined: it ended as it should, and so does the stream. */
function endOf(status: string, {namespace, pod}: ForwardTarget, said: string): AntctlError | undefined {
  const unreachable = (why: string) =>
    new AntctlError('AGENT_UNREACHABLE', `${namespace}/${pod}: the relay in it ${why}`, {
      remedy: [`kubectl -n ${namespace} logs ${pod} -c ${names.agentContainer}`],
    })
  try {
    const code = exitCodeOf(status, {pod})
    return code === 0 ? undefined : unreachable(`ended with ${code}${said === '' ? '' : `: ${said.trim()}`}`)
  } catch {
    return unreachable("could not be started: upstream's image has none")
  }
}
