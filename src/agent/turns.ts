import {setImmediate} from 'node:timers/promises'

/** Milliseconds of one piece of work, after which requests of the container runtime get their turn. */
const longest = 4

/** Runs long work piece by piece: a generator yields wherever it may be interrupted. Its result. */
export async function inTurns<T>(work: Generator<unknown, T>): Promise<T> {
  let until = performance.now() + longest
  for (;;) {
    const {done, value} = work.next()
    if (done === true) return value
    if (performance.now() < until) continue
    await setImmediate()
    until = performance.now() + longest
  }
}
