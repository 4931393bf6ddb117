import type {ProbeResult} from '../../model/probe.ts'

/** Milliseconds of one clock: when each packet left, and when its answer came, if it did. */
export interface Passage {
  readonly sentAt: number
  readonly cameAt?: number
}

export type Summary = Pick<ProbeResult, 'sent' | 'lost' | 'longestGap' | 'roundTrip'>

/** `end` is when the last packet would have been followed by one more. */
export function summarise(passages: readonly Passage[], end: number): Summary {
  const times = passages
    .flatMap(({sentAt, cameAt}) => (cameAt === undefined ? [] : [cameAt - sentAt]))
    .toSorted((a, b) => a - b)
  return {
    sent: passages.length,
    lost: passages.length - times.length,
    longestGap: rounded(longestGap(passages, end)),
    ...(times.length > 0 && {roundTrip: quantiles(times)}),
  }
}

/** By the sender's clock: from the first packet of a row of lost ones to the next that came back. */
function longestGap(passages: readonly Passage[], end: number): number {
  let longest = 0
  let since: number | undefined
  for (const {sentAt, cameAt} of passages) {
    if (cameAt === undefined) {
      since ??= sentAt
      continue
    }
    if (since !== undefined) longest = Math.max(longest, sentAt - since)
    since = undefined
  }
  return since === undefined ? longest : Math.max(longest, end - since)
}

export function quantiles(sorted: readonly number[]): {readonly median: number; readonly p99: number} {
  return {median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99)}
}

function quantile(sorted: readonly number[], share: number): number {
  return rounded(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
}

/** To microseconds. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000
}

/** The largest size from `least` to `most` that passes, 0 when none does; the usual answer, `most`, is tried first. */
export async function largestPassing(
  passes: (size: number) => Promise<boolean>,
  {least, most}: {readonly least: number; readonly most: number},
): Promise<number> {
  if (await passes(most)) return most
  if (most <= least || !(await passes(least))) return 0
  let [good, bad] = [least, most]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (await passes(middle)) good = middle
    else bad = middle
  }
  return good
}
