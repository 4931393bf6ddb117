import {AntctlError} from '../../model/errors.ts'
import type {HeldLease} from '../engine/lease.ts'
import type {RestartCluster} from './run.ts'

/** The cluster as the one who holds the lease of changes sees it: it is kept before each call, so that nobody begins a change meanwhile. */
export function heldCluster(cluster: RestartCluster, lease: Pick<HeldLease, 'keep'>): RestartCluster {
  const call = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    await lease.keep().catch(unlessAway)
    return work()
  }
  return {
    process: (node) => call(() => cluster.process(node)),
    restart: (node) => call(() => cluster.restart(node)),
    kubelet: (node) => call(() => cluster.kubelet(node)),
    trouble: (node) => call(() => cluster.trouble(node)),
    window: () => call(() => cluster.window()),
    now: () => cluster.now(),
    sleep: (milliseconds) => cluster.sleep(milliseconds),
  }
}

/** While the API server is away nobody else can take it either. */
function unlessAway(error: unknown): void {
  if (!(error instanceof AntctlError) || error.code !== 'API_UNREACHABLE') throw error
}
