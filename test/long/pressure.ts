import {existsSync, readFileSync} from 'node:fs'

interface Waited {
  readonly at: number
  /** Milliseconds since the machine started. */
  readonly total: number | undefined
}

/** Source: the kernel's Documentation/accounting/psi.rst. */
export function waitedForProcessors(): Waited {
  const file = '/proc/pressure/cpu'
  const total = existsSync(file) ? /^some .*total=(\d+)/mu.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  return {at: performance.now(), total: total === undefined ? undefined : Number(total) / 1000}
}

/** Percent of the time since then in which something waited. */
export function shareSince(before: Waited): number | undefined {
  const {at, total} = waitedForProcessors()
  if (total === undefined || before.total === undefined) return undefined
  return (100 * (total - before.total)) / (at - before.at)
}
