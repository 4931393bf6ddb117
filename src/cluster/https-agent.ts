import {Agent} from 'node:https'
import {PassThrough, type Duplex} from 'node:stream'
import {connect as connectTls} from 'node:tls'
import type {ApiCredentials} from './api.ts'
import {authorities} from './authorities.ts'
import {proxyFor} from './proxy-choice.ts'
import {dialThrough} from './proxy-dial.ts'

type Connected = (error: Error | null, stream: Duplex) => void

/** One for whatever is asked with them: a port-forward goes on over a connection that a question has left. */
const agents = new WeakMap<ApiCredentials, Agent>()

/** HTTPS to the API server with its authority and our certificate; through a proxy where one is to be used. */
export function httpsAgent(credentials: ApiCredentials): Agent {
  const known = agents.get(credentials)
  if (known !== undefined) return known
  const agent = proxiedAgent(credentials) ?? new Agent({keepAlive: true, ...tlsSettings(credentials)})
  agents.set(credentials, agent)
  return agent
}

/** undefined: the server is reached directly. */
export function proxiedAgent(
  credentials: ApiCredentials,
  environment: NodeJS.ProcessEnv = process.env,
): Agent | undefined {
  const server = new URL(credentials.server)
  const proxy = proxyFor(server, credentials.proxyUrl, environment)
  if (proxy === undefined) return undefined
  const host = server.hostname.replace(/^\[(.*)\]$/u, '$1')
  const target = {host, port: Number(server.port || '443')}
  return new (class extends Agent {
    override createConnection(options: object, connected?: Connected): undefined {
      dialThrough(proxy, target).then(
        (socket) => connected?.(null, connectTls({host, ...options, socket})),
        (error: unknown) =>
          connected?.(error instanceof Error ? error : new Error(String(error)), new PassThrough().destroy()),
      )
    }
  })({keepAlive: true, ...tlsSettings(credentials)})
}

function tlsSettings({ca, insecure, servername, certificate}: ApiCredentials) {
  return {
    ...(insecure === true ? {rejectUnauthorized: false} : {ca: authorities(ca)}),
    ...(servername !== undefined && {servername}),
    ...certificate,
  }
}
