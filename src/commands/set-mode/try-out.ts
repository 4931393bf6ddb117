import type {PreflightReport} from '../../changes/preflight/judge.ts'
import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import type {Desk} from './desk.ts'

/** Beside the traffic of the Pods, which notices nothing of it; undefined: it is not wanted, or there is nothing to try. */
export async function tryOut(
  plan: ModePlan,
  {flags, session, signal, progress}: Desk,
): Promise<PreflightReport | undefined> {
  const isWanted = flags.preflight ?? !(flags['dry-run'] || plan.done)
  const {cluster, refusals, pairs} = plan
  if (!isWanted || cluster !== 'ours' || refusals.length > 0 || pairs.changed === 0) return undefined
  const {preflight} = await import('../../changes/preflight/run.ts')
  return preflight(plan, session.cluster.api, {signal, onProgress: progress})
}
