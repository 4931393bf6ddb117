/** Milliseconds in which changes are gathered: whoever changes one thing often changes several. */
const gather = 20
const minute = 60_000
/** Repairs within a minute that are made at once. */
const free = 10
const longest = 30_000

/**
 * How soon to look after something that somebody else has changed. Whoever changes it again and again is not fought at
 * full speed: beyond ten repairs a minute each one waits twice as long as the one before.
 */
export class Pace<Part extends string> {
  readonly #repairs = new Map<Part, readonly number[]>()

  /** Milliseconds; `now` is any clock of milliseconds. */
  delay(part: Part, now: number): number {
    const over = this.repairs(part, now) - free
    return over <= 0 ? gather : Math.min(1_000 * 2 ** (over - 1), longest)
  }

  /** So many were made within the last minute. */
  repairs(part: Part, now: number): number {
    return this.#recent(part, now).length
  }

  repaired(part: Part, now: number): void {
    this.#repairs.set(part, [...this.#recent(part, now), now])
  }

  /** Parts whose repairs are being spaced out. */
  contested(now: number): readonly Part[] {
    return [...this.#repairs.keys()].filter((part) => this.repairs(part, now) > free)
  }

  #recent(part: Part, now: number): readonly number[] {
    return (this.#repairs.get(part) ?? []).filter((at) => now - at < minute)
  }
}
