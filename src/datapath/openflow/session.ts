import {createConnection, type Socket} from 'node:net'
import {once} from 'node:events'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {watchForSilence} from '../silence.ts'
import {malformed, padded, slice} from './codec.ts'
import {type Message, MessageFramer} from './framing.ts'
import {helloElement, message, type MessageType, moreToCome, multipart, version, versionBitmap} from './messages.ts'
import {describeRefusal, refusalError} from './refusals.ts'

type CloseListener = (reason: AntctlError | undefined) => void
interface Waiting {
  readonly doing: string
  readonly parts: Buffer[]
  /** Of the parts so far. */
  size: number
  resolve(parts: readonly Buffer[]): void
  reject(error: AntctlError): void
}

interface ReplyLimit {
  /** Bytes that one reply may have in all its parts: more than a million flows. */
  readonly mostReply?: number
}

/** Requests and answers over one socket: HELLO, echo, transaction ids, replies in several parts, errors. */
export class OpenFlowSession {
  readonly #socket: Socket
  readonly #framer = new MessageFramer()
  readonly #waiting = new Map<number, Waiting>()
  readonly #closeListeners: CloseListener[] = []
  readonly #messageListeners = new Set<(received: Message) => void>()
  /** Sees each ERROR first; true: it was for the listener. */
  #refusalListener: ((xid: number, body: Buffer) => boolean) | undefined
  readonly #mostReply: number
  #greeted: (() => void) | undefined
  #xid = 0
  #closed: {readonly reason: AntctlError | undefined} | undefined

  constructor(socket: Socket, {mostReply = 256 * 1024 * 1024}: ReplyLimit = {}) {
    this.#socket = socket
    this.#mostReply = mostReply
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#end(lost(error.message, error)))
    socket.on('close', () => this.#end(lost('the switch closed the connection')))
    // A bundle of a hundred thousand flows keeps ovs-vswitchd from answering for a second or two, not for ten.
    watchForSilence(socket, {
      untilAsked: 5,
      untilLost: 10,
      ask: () => void socket.write(message('echoRequest', this.takeXids(1))),
      lose: (why) => this.#end(lost(why)),
    })
  }

  /** Both sides say HELLO first; the highest version that both have is spoken (§6.3.1). */
  async greet(): Promise<void> {
    const bitmap = versionBitmap.encode({type: 1, length: versionBitmap.size, bitmap: 1 << version})
    const greeted = new Promise<void>((resolve, reject) => {
      this.#greeted = resolve
      this.onClose((reason) => reject(reason ?? lost('closed')))
    })
    this.#socket.write(message('hello', this.takeXids(1), bitmap))
    await greeted
  }

  /** The first of `count` ids that nobody else uses. */
  takeXids(count: number): number {
    const first = this.#xid + 1 > 0xffff_ffff - count ? 1 : this.#xid + 1
    this.#xid = first + count - 1
    return first
  }

  /** Sends a request; its reply's parts (one unless it is a multipart), without headers. */
  async request(doing: string, type: MessageType, ...body: readonly Buffer[]): Promise<readonly Buffer[]> {
    const xid = this.takeXids(1)
    if (this.#closed !== undefined) throw this.#closed.reason ?? lost('it was closed')
    const answer = new Promise<readonly Buffer[]>((resolve, reject) => {
      this.#waiting.set(xid, {doing, parts: [], size: 0, resolve, reject})
    })
    this.#socket.write(message(type, xid, ...body))
    return answer
  }

  /** Sends what has no reply of its own, and waits until the switch has done it. */
  async command(doing: string, type: MessageType, ...body: readonly Buffer[]): Promise<void> {
    const xid = this.takeXids(1)
    const refused = new Promise<never>((_, reject) => {
      this.#waiting.set(xid, {doing, parts: [], size: 0, resolve: () => {}, reject})
    })
    // Refused here or with the connection's end: the race tells it, or nobody waits any more.
    refused.catch(() => {})
    await this.send(message(type, xid, ...body))
    await Promise.race([refused, this.request(doing, 'barrierRequest')])
    this.#waiting.delete(xid)
  }

  /** Sends bytes as they are; resolves when the socket has taken them all, so that they may be written anew. */
  async send(bytes: Buffer): Promise<void> {
    this.#mustBeOpen()
    const {promise, resolve, reject} = Promise.withResolvers<undefined>()
    this.#socket.write(bytes, (error) => {
      if (error) reject(this.#closed?.reason ?? lost(error.message, error))
      else resolve(undefined)
    })
    await promise
  }

  get isOpen(): boolean {
    return this.#closed === undefined
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw this.#closed.reason ?? lost('it was closed')
  }

  /** While `listener` is there it is shown each ERROR; it answers whether the error was its own. */
  onRefusal(listener: ((xid: number, body: Buffer) => boolean) | undefined): void {
    this.#refusalListener = listener
  }

  /** Shows `listener` what answers no request (flow updates, PACKET_IN, PORT_STATUS), until the result is disposed of. */
  onMessage(listener: (received: Message) => void): Disposable {
    this.#messageListeners.add(listener)
    return {[Symbol.dispose]: () => this.#messageListeners.delete(listener)}
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
      for (const received of this.#framer.push(chunk)) this.#dispatch(received)
    } catch (error) {
      this.#end(error instanceof AntctlError ? error : lost(sentenceOf(error), error))
    }
  }

  #dispatch(received: Message): void {
    const {type, xid, body} = received
    if (type === 'hello') return this.#welcome(received)
    if (type === 'echoRequest') {
      this.#socket.write(message('echoReply', xid, body))
      return
    }
    if (type === 'echoReply') return
    if (type === 'error') return this.#refuse(xid, body)
    const waiting = this.#waiting.get(xid)
    if (waiting === undefined) {
      for (const listener of this.#messageListeners) listener(received)
      return
    }
    const part = type === 'multipartReply' ? body.subarray(multipart.size) : body
    waiting.parts.push(part)
    waiting.size += part.length
    if (waiting.size > this.#mostReply) throw malformed(`more than ${this.#mostReply} bytes for ${waiting.doing}`)
    if (type === 'multipartReply' && (multipart.decode(body).flags & moreToCome) !== 0) return
    this.#waiting.delete(xid)
    waiting.resolve(waiting.parts)
  }

  #welcome(hello: Message): void {
    if (!speaksOurVersion(hello)) {
      this.#end(
        new AntctlError('OPENFLOW', 'the bridge does not speak OpenFlow 1.5', {
          remedy: ['ovs-vsctl set bridge br-int protocols=OpenFlow10,OpenFlow15'],
        }),
      )
    }
    this.#greeted?.()
  }

  #refuse(xid: number, body: Buffer): void {
    if (this.#refusalListener?.(xid, body) === true) return
    const waiting = this.#waiting.get(xid)
    this.#waiting.delete(xid)
    if (waiting !== undefined) waiting.reject(refusalError(body, waiting.doing))
    else if (describeRefusal(body).startsWith('HELLO_FAILED')) this.#end(refusalError(body, 'our HELLO'))
  }

  #end(reason: AntctlError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = {reason}
    this.#socket.destroy()
    for (const {doing, reject} of this.#waiting.values()) reject(reason ?? lost(`closed while ${doing}`))
    this.#waiting.clear()
    for (const listener of this.#closeListeners.splice(0)) listener(reason)
  }
}

/** Opens the socket and says HELLO. */
export async function openSession(
  socketPath: string,
  signal?: AbortSignal,
  limit: ReplyLimit = {},
): Promise<OpenFlowSession> {
  const socket = createConnection(socketPath)
  try {
    await once(socket, 'connect', {...(signal && {signal})})
  } catch (error) {
    socket.destroy()
    throw new AntctlError('OPENFLOW', `cannot connect to ${socketPath}: ${sentenceOf(error)}`, {
      cause: error,
      remedy: ['ovs-vsctl show', 'is ovs-vswitchd running?'],
    })
  }
  const session = new OpenFlowSession(socket, limit)
  signal?.addEventListener('abort', () => session.close(), {once: true})
  await session.greet()
  return session
}

/** §7.5.1: by the bitmap; a peer without one speaks all versions up to its message's. */
function speaksOurVersion({version: highest, body}: Message): boolean {
  for (let at = 0; at + helloElement.size <= body.length;) {
    const {type, length} = helloElement.decode(body, at)
    if (length < helloElement.size) throw malformed(`a hello element of ${length} bytes`)
    slice('hello element', body, at, length)
    if (type === 1) return (versionBitmap.decode(body, at).bitmap & (1 << version)) !== 0
    at += padded(length)
  }
  return highest >= version
}

function lost(why: string, cause?: unknown): AntctlError {
  return new AntctlError('OPENFLOW', `the OpenFlow connection was lost: ${why}`, {
    cause,
    remedy: ['is ovs-vswitchd running?'],
  })
}
