import {goSlower} from './pace.ts'

export interface Judge<T> {
  readonly isWhole: (result: T) => boolean
  readonly describe: (result: T) => string
  /** Whether the machine tells that it may have been the machine. */
  readonly byMachine?: (result: T) => boolean
  /** Whether it lost nothing and judges nothing either: it is done again, as it is. */
  readonly isVoid?: (result: T) => boolean
  /** Whether a run of that many seconds loses nothing when nothing is done. */
  readonly control: (seconds: number) => Promise<boolean>
}

const attempts = 4

/**
 * A stall of the machine loses packets, too. So a run that lost is done again, after a control run of its own length: it
 * is our fault when the control lost nothing, twice. What the machine lost makes all go slower. Answers the first run that
 * is whole, or the last one. Everything is printed.
 */
export async function untilJudged<T>(
  what: string,
  run: () => Promise<T>,
  {isWhole, describe, byMachine = () => false, isVoid = () => false, control}: Judge<T>,
): Promise<T> {
  let faults = 0
  for (let attempt = 1; ; attempt += 1) {
    const start = performance.now()
    const result = await run()
    const seconds = (performance.now() - start) / 1000
    console.log(`${what}, attempt ${attempt}: ${describe(result)}`)
    if (isWhole(result) || attempt === attempts) return result
    if (isVoid(result)) continue
    if (byMachine(result)) goSlower()
    else if (await control(seconds)) faults += 1
    if (faults === 2) return result
  }
}
