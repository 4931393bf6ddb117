import type {ProbeCount} from '../../model/probe.ts'
import {quantiles, rounded} from './tally.ts'

/** When something happened, by the clock and in the time that the thread had to look at what came. */
export interface Moment {
  readonly clock: number
  readonly awake: number
}

/** Milliseconds of awake time within which an answer counts: a late one is a slow network, or a busy machine. */
const patience = 2_000
/** Milliseconds of awake time for which a new stream may wait for its first answer: the other end's Node may just have come. */
const warmUp = 3_000
/** An account is asked for every few seconds; more times say little more of its quantiles. */
const mostTimes = 2_048

interface Packet {
  readonly sequence: number
  readonly sent: Moment
  cameAt?: number
}

/** What one stream counts; nothing in it grows with the hours. */
export class RunningCount {
  /** In the order in which they were sent: as many as are sent while an answer is waited for. */
  #waiting: Packet[] = []
  #taken = 0
  #settled = 0
  #begun: Moment | undefined
  #sent = 0
  #lost = 0
  /** When the first packet of a row of lost ones was sent, and the last one. */
  #gap: {readonly since: number; until: number} | undefined
  #longestGap = 0
  #times: number[] = []
  readonly #interval: number

  /** Milliseconds between two packets. */
  constructor(interval: number) {
    this.#interval = interval
  }

  /** Packets sent so far. */
  get taken(): number {
    return this.#taken
  }

  /** Those of them whose fate is known, the first ones first. */
  get settled(): number {
    return this.#settled
  }

  /** The number of a packet that is sent now: 32 bits. */
  take(now: Moment): number {
    const sequence = this.#taken % 2 ** 32
    this.#taken += 1
    this.#waiting.push({sequence, sent: now})
    return sequence
  }

  heard(sequence: number, clock: number): void {
    const packet = this.#waiting.find((each) => each.sequence === sequence)
    if (packet !== undefined) packet.cameAt ??= clock
  }

  /** In order, so that a gap is one: an answer that came waits for the fate of what was sent before it. */
  settle(now: Moment): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const {sent, cameAt} = first
      if (cameAt === undefined && now.awake - sent.awake <= patience) return
      this.#waiting.shift()
      this.#settled += 1
      if (this.#isWarmUp(first)) continue
      this.#sent += 1
      if (cameAt === undefined) this.#miss(sent.clock)
      else this.#count(sent.clock, cameAt)
    }
  }

  /** Totals since the beginning; gap and round trips since the account before. */
  account(): Pick<ProbeCount, 'sent' | 'lost' | 'longestGap' | 'roundTrip'> {
    const times = this.#times.toSorted((a, b) => a - b)
    const longestGap = Math.max(this.#longestGap, this.#openGap())
    this.#times = []
    this.#longestGap = 0
    return {
      sent: this.#sent,
      lost: this.#lost,
      longestGap: rounded(longestGap),
      ...(times.length > 0 && {roundTrip: quantiles(times)}),
    }
  }

  /** What was sent before the first answer was is not counted, unless that takes too long. */
  #isWarmUp({sent, cameAt}: Packet): boolean {
    this.#begun ??= sent
    if (this.#sent > 0 || cameAt !== undefined) return false
    return sent.awake - this.#begun.awake < warmUp
  }

  #miss(sentAt: number): void {
    this.#lost += 1
    this.#gap ??= {since: sentAt, until: sentAt}
    this.#gap.until = sentAt
  }

  #count(sentAt: number, cameAt: number): void {
    if (this.#gap !== undefined) this.#longestGap = Math.max(this.#longestGap, sentAt - this.#gap.since)
    this.#gap = undefined
    if (this.#times.length < mostTimes) this.#times.push(cameAt - sentAt)
  }

  #openGap(): number {
    return this.#gap === undefined ? 0 : this.#gap.until - this.#gap.since + this.#interval
  }
}
