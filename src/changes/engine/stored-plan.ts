import type {StoredPlan} from '../../model/change.ts'
import type {ModePlan} from '../set-mode/mode-plan.ts'
import type {Wanted} from './begin.ts'

/** What of a plan is carried out and kept. `before`: the text that it was made for. */
export function wantedOf(plan: ModePlan, before: string, by: string): Wanted {
  const {scope, from, to, noSNAT, options} = plan
  const phases = plan.phases.map(({name, nodes}) => ({name, nodes: [...nodes]}))
  const {via, removeStaleRoutes = false} = plan.upstream ?? {}
  const stored: StoredPlan = {
    version: 1,
    scope,
    from,
    to,
    noSNAT: {...noSNAT},
    phases,
    options: {...options},
    ...(plan.upstream !== undefined && {upstream: {...(via !== undefined && {via}), removeStaleRoutes}}),
  }
  return {plan: stored, config: {before, after: plan.config}, by}
}
