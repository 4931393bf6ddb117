import {setTimeout as sleep} from 'node:timers/promises'
import {encodePacket, packetHeader, type ProbePacket} from './packet.ts'
import {type Moment, RunningCount} from './running-count.ts'
import {type Send, tick} from './sender.ts'
import type {SteadyCount, SteadyStream, SteadyWork} from './work.ts'

/**
 * Milliseconds of a pause that count. What the machine kept the thread from sending for longer is not made up for, or the
 * other end would get it all at once; nor may answers be late that only waited to be read.
 */
const longestPause = 20

/** Sends numbered packets until it is stopped, to ends that may come and go. */
export class SteadySender {
  readonly #work: SteadyWork
  readonly #send: Send
  readonly #share: () => number
  #streams: readonly {readonly stream: SteadyStream; readonly number: number; readonly count: RunningCount}[] = []
  #numbers = 0
  #awake = 0

  /** `share`: of its rate that there is room for now. */
  constructor(work: SteadyWork, send: Send, share: () => number = () => 1) {
    this.#work = work
    this.#send = send
    this.#share = share
  }

  /** Those that were there before count on; a new one's number tells answers to it from answers to one that is gone. */
  direct(streams: readonly SteadyStream[]): void {
    this.#streams = streams.map((stream) => {
      const before = this.#streams.find((each) => isSame(each.stream, stream))
      if (before !== undefined) return before
      this.#numbers = (this.#numbers + 1) % 2 ** 16
      return {stream, number: this.#numbers, count: new RunningCount(1_000 / this.#work.packetsPerSecond)}
    })
  }

  heard({order, stream, sequence}: ProbePacket, size: number): void {
    if (order !== this.#work.order || size !== packetHeader) return
    this.#streams.find(({number}) => number === stream)?.count.heard(sequence, performance.now())
  }

  /** As soon as the fate of all that was sent until now is known. */
  async account(): Promise<readonly SteadyCount[]> {
    const asked = this.#streams.map(({count}) => ({count, until: count.taken}))
    while (asked.some(({count, until}) => count.settled < until && this.#streams.some((each) => each.count === count)))
      await sleep(tick)
    return this.#streams.map(({stream: {to, form, toRun}, count}) => ({to, form, toRun, ...count.account()}))
  }

  /** By the clock, the streams one after the other within each interval. */
  async run(signal: AbortSignal): Promise<void> {
    const perMillisecond = this.#work.packetsPerSecond / 1_000
    let [last, due, turn] = [performance.now(), 0, 0]
    for (; !signal.aborted; await sleep(tick)) {
      const now = performance.now()
      const passed = Math.min(now - last, longestPause)
      last = now
      this.#awake += passed
      due += passed * perMillisecond * this.#share() * this.#streams.length
      for (; due >= 1; due--) this.#sendOne(turn++)
      for (const {count} of this.#streams) count.settle(this.#now())
    }
  }

  #sendOne(turn: number): void {
    const next = this.#streams[turn % this.#streams.length]
    if (next === undefined) return
    const sequence = next.count.take(this.#now())
    const packet = encodePacket({kind: 'request', order: this.#work.order, stream: next.number, sequence})
    // One that the machine refuses is a lost one.
    void this.#send(next.stream, packet)
  }

  #now(): Moment {
    return {clock: performance.now(), awake: this.#awake}
  }
}

function isSame(a: SteadyStream, b: SteadyStream): boolean {
  return a.to === b.to && a.form === b.form && a.ip === b.ip && a.toRun === b.toRun
}
