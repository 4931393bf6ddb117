import type {ApiServer} from '../../cluster/api.ts'
import {restarterName} from '../engine/holder.ts'
import {type HeldLease, takeLease} from '../engine/lease.ts'
import {liveLease} from '../engine/live-lease.ts'

/** The lease of changes for as long as agents are restarted; CHANGE_RUNNING where somebody has it. */
export async function holdLease(
  api: ApiServer,
  onWait: (why: string) => void,
): Promise<Pick<HeldLease, 'keep'> & AsyncDisposable> {
  const lease = await takeLease(liveLease(api), restarterName(), onWait)
  return {
    keep: () => lease.keep(),
    // Its end must not hide how the restart ended; the lease ends by itself.
    [Symbol.asyncDispose]: () => lease.release().catch(() => undefined),
  }
}
