import {Agent, type ClientRequestArgs} from 'node:http'
import {type Duplex, PassThrough} from 'node:stream'
import {connect as connectTls} from 'node:tls'
import type {AgentInfo} from '../model/agent-info.ts'
import {authorities} from './authorities.ts'

type Connected = (error: Error | null, stream: Duplex) => void

/**
 * HTTP over TLS over a dialled stream, trusting only the authority that this agent published in its AntreaAgentInfo;
 * its certificate says localhost. One connection, kept: a forward costs 12 ms, a second question on it 1 ms.
 */
export function roadAgent(info: AgentInfo, dial: () => Promise<Duplex>): Agent {
  const ca = authorities(Buffer.from(info.apiCABundle, 'base64').toString('utf8'))
  return new (class extends Agent {
    override createConnection(_options: ClientRequestArgs, connected?: Connected): undefined {
      const fail = (error: unknown) => {
        connected?.(error instanceof Error ? error : new Error(String(error)), new PassThrough().destroy())
      }
      dial().then(
        (socket) =>
          secure(socket, ca, (error, stream) => (stream === undefined ? fail(error) : connected?.(null, stream))),
        fail,
      )
    }
  })({keepAlive: true, maxSockets: 1})
}

/** Milliseconds: whoever asks has given up before, and the next question finds another connection. */
const patience = 20_000

function secure(
  socket: Duplex,
  ca: string | string[],
  settle: (error: Error | undefined, stream?: Duplex) => void,
): void {
  let settled = false
  const once = (error: Error | undefined, stream?: Duplex) => {
    if (settled) return
    settled = true
    settle(error, stream)
  }
  const secured = connectTls({socket, ca, servername: 'localhost', minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1']})
  secured.setTimeout(patience, () => secured.destroy(new Error(`TLS was not up within ${patience / 1_000} s`)))
  secured.once('secureConnect', () => secured.setTimeout(0))
  // The stream below knows better why it broke than TLS, which may only see it close: its word is awaited.
  let cause: Error | undefined = socket.errored ?? undefined
  socket.on('error', (error) => {
    cause = error
    secured.destroy(error)
  })
  secured.once('secureConnect', () => once(undefined, secured))
  secured.on('error', (error) => setImmediate(() => once(cause ?? error)))
  secured.once('close', () => setImmediate(() => once(cause ?? new Error('the connection closed before TLS was up'))))
}
