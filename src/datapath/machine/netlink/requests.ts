import {AntctlError} from '../../../model/errors.ts'
import {KernelRefusal, nameOfErrno} from '../system-calls.ts'
import {controlTypes, decodeVerdict, encodeMessages, flags, type Message, type Verdict} from './message.ts'
import {openNetlinkSocket, type Protocol} from './socket.ts'

export interface Request {
  readonly type: number
  readonly flags?: number
  readonly body: Buffer
  /** For the sentence of a refusal: "route 10.244.2.0/24 via 172.30.1.12". */
  readonly what: string | (() => string)
  /** Refusals that are as good as consent: ['ESRCH']. */
  readonly ignores?: readonly string[]
}

/** Where one asks the kernel. All of it is synchronous: the kernel has answered when a call returns. */
export interface Netlink extends Disposable {
  readonly port: number
  /**
   * All in order; those after a refused one are still asked for. Throws KernelRefusal, the first; returns the requests
   * whose refusal they ignore.
   */
  perform(requests: readonly Request[]): readonly Request[]
  /** As perform(), while the kernel works on another thread: nothing else may use this Netlink until it is done. */
  performAside(requests: readonly Request[]): Promise<void>
  /** All or nothing: an nfnetlink batch. Throws KernelRefusal, the first. */
  commit(requests: readonly Request[]): void
  /** What one request that is no dump answers; nothing when it ignores its refusal. */
  ask(request: Request): readonly Message[]
  /** Every row of a dump, taken again when the table changed meanwhile. */
  dump(request: Request): readonly Message[]
}

interface Outcome {
  readonly answers: readonly Message[]
  readonly ignored: readonly Request[]
}

/** linux/netfilter/nfnetlink.h: what stands around a batch, with a struct nfgenmsg for the subsystem nf_tables. */
const batchBody = Buffer.from([0, 0, 0, 10])
const batchBegin: Request = {type: 0x10, body: batchBody, what: 'nft'}
const batchEnd: Request = {type: 0x11, body: batchBody, what: 'nft'}

const attempts = 20
/** Fewer than what fills a receive buffer with refusals. */
const chunk = 500

/** In the network namespace in which this thread is now. */
export function openNetlink(protocol: Protocol): Netlink {
  const socket = openNetlinkSocket(protocol)
  let sequence = 0
  const encode = (requests: readonly Request[], flagsOf: (request: Request) => number) => {
    const first = sequence + 1
    sequence += requests.length
    const messages = requests.map((request, index) => ({
      type: request.type,
      flags: flags.request | (request.flags ?? 0) | flagsOf(request),
      sequence: (first + index) >>> 0,
      body: request.body,
    }))
    return {bytes: encodeMessages(messages), first}
  }
  /** Refusals always come; consent is asked for once, with the last. */
  const collect = (requests: readonly Request[], first: number): Outcome => {
    const last = lastOf(requests)
    const answers: Message[] = []
    const ignored: Request[] = []
    let refusal: {readonly request: Request; readonly verdict: Verdict} | undefined
    for (let over = false; !over;) {
      for (const message of socket.receive()) {
        const request = requests[(message.sequence - first) >>> 0]
        if (request === undefined) continue
        if (message.type !== controlTypes.error) {
          answers.push(message)
          continue
        }
        const verdict = decodeVerdict(message)
        if (!accepts(request, verdict)) refusal ??= {request, verdict}
        else if (verdict.errno !== 0) ignored.push(request)
        over ||= request === last || request === batchBegin
      }
    }
    if (refusal !== undefined) throw refused(refusal.request, refusal.verdict)
    return {answers, ignored}
  }
  const exchange = (requests: readonly Request[]): Outcome => {
    const {bytes, first} = encode(requests, acknowledgeLast(requests))
    socket.send(bytes)
    return collect(requests, first)
  }
  const dumpOnce = (request: Request): readonly Message[] | undefined => {
    const {bytes, first} = encode([request], () => flags.dump)
    socket.send(bytes)
    const rows: Message[] = []
    let interrupted = false
    for (;;) {
      for (const message of socket.receive()) {
        if (message.sequence !== first) continue
        interrupted ||= (message.flags & flags.dumpInterrupted) !== 0
        if (message.type === controlTypes.done || message.type === controlTypes.error) {
          const verdict = decodeVerdict(message)
          if (!accepts(request, verdict)) throw refused(request, verdict)
          return interrupted ? undefined : rows
        }
        rows.push(message)
      }
    }
  }
  return {
    port: socket.port,
    perform: (requests) => {
      const ignored: Request[] = []
      for (let at = 0; at < requests.length; at += chunk)
        ignored.push(...exchange(requests.slice(at, at + chunk)).ignored)
      return ignored
    },
    performAside: async (requests) => {
      const {bytes, first} = encode(requests, acknowledgeLast(requests))
      await socket.sendAside(bytes)
      collect(requests, first)
    },
    commit: (requests) => {
      if (requests.length > 0) exchange([batchBegin, ...requests, batchEnd])
    },
    ask: (request) => exchange([request]).answers,
    dump: (request) => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const rows = dumpOnce(request)
        if (rows !== undefined) return rows
      }
      throw new AntctlError('MACHINE', `${whatOf(request)}: it changed ${attempts} times while it was read`)
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  }
}

function lastOf(requests: readonly Request[]): Request | undefined {
  return requests.findLast((request) => request !== batchEnd)
}

function acknowledgeLast(requests: readonly Request[]): (request: Request) => number {
  const last = lastOf(requests)
  return (request) => (request === last ? flags.ack : 0)
}

function accepts({ignores}: Request, {errno}: Verdict): boolean {
  return errno === 0 || ignores?.includes(nameOfErrno(errno)) === true
}

function refused(request: Request, {errno, words}: Verdict): KernelRefusal {
  const what = whatOf(request)
  return new KernelRefusal(words === undefined ? what : `${what}: ${words.replace(/\.$/u, '')}`, errno)
}

function whatOf({what}: Request): string {
  return typeof what === 'string' ? what : what()
}
