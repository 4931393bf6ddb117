import {cpus, loadavg} from 'node:os'

/** The value that `share` of the sample does not exceed (nearest rank). */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function milliseconds(sample: readonly number[]): string {
  const [p50, p99] = [percentile(sample, 0.5), percentile(sample, 0.99)]
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${sample.length} runs`
}

/** Which machine, and how busy it was. */
export function machine(): string {
  const processors = cpus()
  const load = loadavg()[0]?.toFixed(1)
  return `${processors.length} processors (${processors[0]?.model.trim()}), load ${load}, Node ${process.versions.node}`
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
