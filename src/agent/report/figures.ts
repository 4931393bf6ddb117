import type {FlowChanges, OpenFlowConnection} from '../../datapath/openflow/connection.ts'

/** How often something was done, how often it failed, and how long it took (ms). */
export class Timing {
  count = 0
  errors = 0
  sum = 0
  /** The last ones only: what the quantiles are taken from. */
  readonly #recent: number[] = []

  /** Passes on what the work gives, or its failure. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } catch (error) {
      this.errors += 1
      throw error
    } finally {
      this.#record(performance.now() - start)
    }
  }

  /** Not above this were `share` of the last ones; NaN before the first. */
  quantile(share: number): number {
    const sorted = this.#recent.toSorted((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  }

  #record(milliseconds: number): void {
    this.#recent[this.count % kept] = milliseconds
    this.count += 1
    this.sum += milliseconds
  }
}

const kept = 512

export const flowOperations = ['add', 'modify', 'delete'] as const
export type FlowOperation = (typeof flowOperations)[number]

/** What this process has counted since its start. */
export interface Figures {
  /** By what a bundle held; one that adds and deletes is both. An add of a flow that is there replaces it. */
  readonly flowOps: Readonly<Record<FlowOperation, Timing>>
  /** Passes that bring the machine to what is wanted. */
  readonly passes: Timing
  /** Times that bridges or ports were put back. */
  readonly repairs: Timing
  /** Passes that undid what somebody else had changed. */
  driftRepairs: number
}

export function openFigures(): Figures {
  const flowOps = {add: new Timing(), modify: new Timing(), delete: new Timing()}
  return {flowOps, passes: new Timing(), repairs: new Timing(), driftRepairs: 0}
}

/** The same connection, its bundles counted. */
export function counted<T extends Pick<OpenFlowConnection, 'bundle'>>(openflow: T, {flowOps}: Figures): T {
  return {
    ...openflow,
    bundle: (changes: FlowChanges) => {
      const bundle = () => openflow.bundle(changes)
      const adding = (changes.add ?? []).length > 0 ? () => flowOps.add.take(bundle) : bundle
      return (changes.remove ?? []).length > 0 ? flowOps.delete.take(adding) : adding()
    },
  }
}
