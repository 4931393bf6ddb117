import {setTimeout as sleep} from 'node:timers/promises'
import {encodePacket, packetHeader, type ProbePacket} from './packet.ts'
import {largestPassing, type Passage, summarise} from './tally.ts'
import type {LoopResult, LoopWork, Stream} from './work.ts'

/** Puts one packet on the wire; false when the machine refuses it (too large, no room). */
export type Send = (stream: Stream, bytes: Buffer) => Promise<boolean>

/** IPv4 and UDP headers without options. */
const headers = 28
const leastMtu = headers + packetHeader
/** Milliseconds within which an answer counts. */
const patience = 500
/** An answer to a packet of a certain size is there sooner, or it is asked for again. */
const sizePatience = 150
const sizeTries = 3
/** Milliseconds between two looks at what is due. */
export const tick = 2

/** Sends the numbered packets of one order, and hears their answers. */
export class Sender {
  readonly #work: LoopWork
  readonly #send: Send
  readonly #share: () => number
  readonly #passages: readonly Passage[][]
  /** Sizes that came back, by stream. */
  readonly #sizes: readonly Set<number>[]

  /** `share`: of its rate that there is room for now. */
  constructor(work: LoopWork, send: Send, share: () => number = () => 1) {
    this.#work = work
    this.#send = send
    this.#share = share
    this.#passages = work.streams.map(() => [])
    this.#sizes = work.streams.map(() => new Set())
  }

  /** An answer came; `size` is that of its UDP payload. */
  heard({order, stream, sequence}: ProbePacket, size: number, now = performance.now()): void {
    if (order !== this.#work.order) return
    if (size > packetHeader) {
      this.#sizes[stream]?.add(size)
      return
    }
    const passages = this.#passages[stream]
    const passage = passages?.[sequence]
    if (passages === undefined || passage === undefined || passage.cameAt !== undefined) return
    if (now - passage.sentAt <= patience) passages[sequence] = {...passage, cameAt: now}
  }

  async run(signal: AbortSignal): Promise<readonly LoopResult[]> {
    const mtus = await Promise.all(this.#work.streams.map((stream, at) => this.#largest(stream, {at, signal})))
    await this.#sendAll(signal)
    const interval = 1_000 / this.#work.packetsPerSecond
    await sleep(patience)
    return this.#work.streams.map(({to, form}, at) => {
      const passages = this.#passages[at] ?? []
      return {to, form, ...summarise(passages, (passages.at(-1)?.sentAt ?? 0) + interval), mtu: mtus[at] ?? 0}
    })
  }

  /** By the clock, the streams one after the other within each interval; after a pause of the machine what is due follows. */
  async #sendAll(signal: AbortSignal): Promise<void> {
    const {streams, packetsPerSecond, seconds} = this.#work
    const start = performance.now()
    let [last, due, sent] = [0, 0, 0]
    for (; last < seconds && !signal.aborted; await sleep(tick)) {
      const now = Math.min(seconds, (performance.now() - start) / 1_000)
      due += (now - last) * packetsPerSecond * this.#share() * streams.length
      last = now
      for (; sent < Math.round(due); sent++) {
        const at = sent % streams.length
        const stream = streams[at]
        if (stream !== undefined) this.#sendNumbered(stream, at, Math.floor(sent / streams.length))
      }
    }
  }

  #sendNumbered(stream: Stream, at: number, sequence: number): void {
    this.#passages[at]?.push({sentAt: performance.now()})
    // One that the machine refuses is a lost one.
    void this.#send(stream, encodePacket({kind: 'request', order: this.#work.order, stream: at, sequence}))
  }

  #largest(stream: Stream, {at, signal}: {readonly at: number; readonly signal: AbortSignal}): Promise<number> {
    const passes = async (size: number): Promise<boolean> => {
      // The smallest is told from a numbered one by a byte more.
      const payload = Math.max(size - headers, packetHeader + 1)
      const packet = encodePacket({kind: 'request', order: this.#work.order, stream: at, sequence: 0}, payload)
      for (let tries = 0; tries < sizeTries; tries++) {
        if (signal.aborted || !(await this.#send(stream, packet))) return false
        await sleep(sizePatience)
        if (this.#sizes[at]?.has(payload) === true) return true
      }
      return false
    }
    return largestPassing(passes, {least: leastMtu, most: this.#work.mtu})
  }
}
