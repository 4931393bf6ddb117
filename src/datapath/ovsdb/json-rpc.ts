import {once} from 'node:events'
import {createConnection, type Socket} from 'node:net'
import * as v from 'valibot'
import {AntctlError, type ErrorCode, sentenceOf} from '../../model/errors.ts'
import {watchForSilence} from '../silence.ts'
import {JsonFramer} from './json-framing.ts'

/** JSON-RPC 1.0 as RFC 7047 §4 uses it: an answer has a result or an error, a question has a method. */
const rpcMessage = v.object({
  id: v.optional(v.unknown()),
  method: v.optional(v.string()),
  params: v.optional(v.array(v.unknown())),
  result: v.optional(v.unknown()),
  error: v.optional(v.unknown()),
})

/** What the peer is called in sentences, and the code of our errors about it. */
export interface PeerName {
  readonly name: string
  readonly code: ErrorCode
}

type CloseListener = (reason: AntctlError | undefined) => void
interface Waiting {
  resolve(result: unknown): void
  reject(error: AntctlError): void
}

export class JsonRpcSession {
  readonly #socket: Socket
  readonly #peer: PeerName
  readonly #framer = new JsonFramer()
  readonly #waiting = new Map<number, Waiting>()
  readonly #closeListeners: CloseListener[] = []
  #notify: (method: string, params: readonly unknown[]) => void = () => {}
  #lastId = 0
  #closed: {readonly reason: AntctlError | undefined} | undefined

  constructor(socket: Socket, peer: PeerName) {
    this.#socket = socket
    this.#peer = peer
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#end(this.#lost(error.message)))
    socket.on('close', () => this.#end(this.#lost('the peer closed it')))
  }

  /** The peer's answer; its error becomes ours, told by `describe`. */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed.reason ?? this.#lost('it was closed')
    this.#lastId += 1
    const id = this.#lastId
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, {resolve, reject}))
    this.#socket.write(JSON.stringify({id, method, params}))
    return answer
  }

  /** Ends the session when its peer says nothing for 5 s, not even to an echo (RFC 7047 §4.1.11). */
  endWhenSilent(): void {
    watchForSilence(this.#socket, {
      untilAsked: 2,
      untilLost: 5,
      ask: () => void this.call('echo', []).catch(() => undefined),
      lose: (why) => this.#end(this.#lost(why)),
    })
  }

  onNotification(listener: (method: string, params: readonly unknown[]) => void): void {
    this.#notify = listener
  }

  onClose(listener: CloseListener): void {
    if (this.#closed === undefined) this.#closeListeners.push(listener)
    else listener(this.#closed.reason)
  }

  close(): void {
    this.#end(undefined)
  }

  #receive(chunk: Buffer): void {
    try {
      for (const text of this.#framer.push(chunk)) this.#dispatch(v.parse(rpcMessage, text))
    } catch (error) {
      this.#end(
        error instanceof AntctlError ? error : this.#lost(`it sent what is not JSON-RPC (${sentenceOf(error)})`),
      )
    }
  }

  #dispatch({id, method, params = [], result, error}: v.InferOutput<typeof rpcMessage>): void {
    if (method === 'echo') this.#socket.write(JSON.stringify({id, result: params, error: null}))
    else if (method !== undefined) this.#notify(method, params)
    else if (typeof id === 'number') this.#settle(id, result, error)
  }

  #settle(id: number, result: unknown, error: unknown): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === null || error === undefined) waiting?.resolve(result)
    else waiting?.reject(new AntctlError(this.#peer.code, `${this.#peer.name}: ${describeError(error)}`))
  }

  #end(reason: AntctlError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = {reason}
    this.#socket.destroy()
    for (const {reject} of this.#waiting.values()) reject(reason ?? this.#lost('it was closed'))
    this.#waiting.clear()
    for (const listener of this.#closeListeners.splice(0)) listener(reason)
  }

  #lost(why: string): AntctlError {
    const {name, code} = this.#peer
    return new AntctlError(code, `the connection to ${name} was lost: ${why}`, {remedy: [`is ${name} running?`]})
  }
}

export async function openJsonRpc(socketPath: string, peer: PeerName, signal?: AbortSignal): Promise<JsonRpcSession> {
  const socket = createConnection(socketPath)
  try {
    await once(socket, 'connect', {...(signal && {signal})})
  } catch (error) {
    socket.destroy()
    throw new AntctlError(peer.code, `cannot connect to ${peer.name} at ${socketPath}: ${sentenceOf(error)}`, {
      cause: error,
      remedy: [`is ${peer.name} running?`],
    })
  }
  const session = new JsonRpcSession(socket, peer)
  if (signal !== undefined) {
    const close = () => session.close()
    signal.addEventListener('abort', close, {once: true})
    session.onClose(() => signal.removeEventListener('abort', close))
  }
  return session
}

function describeError(error: unknown): string {
  return (typeof error === 'string' ? error : JSON.stringify(error)).trim()
}
