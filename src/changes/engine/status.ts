import type {StoredPlan} from '../../model/change.ts'
import type {Journal} from '../../model/change.ts'
import {isFinished} from './begin.ts'
import type {ChangeStore} from './cluster.ts'
import {isRestarter} from './holder.ts'
import {standing, type Standing} from './standing.ts'
import {waysOn} from './ways-on.ts'

interface Holder {
  readonly holder: string
  readonly renewed: string
}

/** What is kept of the last change. */
export interface ChangeStatus {
  readonly change?: {
    readonly id: string
    readonly began: string
    readonly by: string
    readonly plan: StoredPlan
    readonly state: Journal['state']
    readonly direction: Journal['direction']
    readonly standing: Standing
    readonly why?: Journal['why']
    readonly nodes: Journal['nodes']
    readonly steps: Journal['steps']
    /** The commands that end it, each with what it does; none where it is finished. */
    readonly ways: readonly string[]
    /** Who carries it out, and when that one last gave a sign of life by its own clock; absent when nobody does. */
    readonly driver?: Holder
  }
  /** Who restarts agents now, which is no change of the mode; absent when nobody does. */
  readonly restarter?: Holder
}

export async function statusOf(cluster: Pick<ChangeStore, 'readChange' | 'readLease'>): Promise<ChangeStatus> {
  const [{stored}, {holder, renewed}] = await Promise.all([cluster.readChange(), cluster.readLease()])
  const isRestart = holder !== undefined && isRestarter(holder)
  const restarting = isRestart ? {restarter: {holder, renewed}} : {}
  if (stored === undefined) return restarting
  const {change, journal} = stored
  const {id, began, by, plan} = change
  const {state, direction, why, nodes, steps} = journal
  return {
    ...restarting,
    change: {
      id,
      began,
      by,
      plan,
      state,
      direction,
      standing: standing(change, journal),
      ...(why !== undefined && {why}),
      nodes,
      steps,
      ways: isFinished(stored) ? [] : waysOn(change, journal),
      ...(holder !== undefined && !isRestart && {driver: {holder, renewed}}),
    },
  }
}
