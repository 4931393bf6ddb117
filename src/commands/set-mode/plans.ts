import {AntctlError} from '../../model/errors.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import type {ModeFacts, ModeWish} from '../../changes/set-mode/plan.ts'
import type {PreflightReport} from '../../changes/preflight/judge.ts'

/** What was asked for, on the command line or when the plan was saved. */
export interface Wanted {
  readonly mode: TrafficMode | undefined
  readonly wish: ModeWish
  /** From the facts of now; a saved plan is refused where they are others. */
  plan(facts: ModeFacts): Promise<ModePlan>
}

export async function wantedNow(text: string | undefined, wish: ModeWish): Promise<Wanted> {
  const {drawPlan, parseTargetMode} = await import('../../changes/set-mode/plan.ts')
  const mode = text === undefined ? undefined : parseTargetMode(text)
  if (mode === undefined && wish.noSNAT === undefined) {
    throw new AntctlError('USAGE', 'say which mode, or --snat or --no-snat alone', {
      remedy: ['antctl set-mode hybrid --dry-run', 'antctl set-mode --no-snat --dry-run'],
    })
  }
  return {mode, wish, plan: async (facts) => drawPlan(facts, mode, wish)}
}

export async function wantedBefore(file: string): Promise<Wanted> {
  const [{readPlanFile}, {parseSavedPlan, planAgain}] = await Promise.all([
    import('../../changes/set-mode/plan-file.ts'),
    import('../../changes/set-mode/saved-plan.ts'),
  ])
  const saved = parseSavedPlan(await readPlanFile(file), file)
  return {mode: saved.mode, wish: saved.wish, plan: async (facts) => planAgain(saved, facts)}
}

export async function savePlan(file: string, facts: ModeFacts, {mode, wish}: Wanted): Promise<void> {
  const [{writePlanFile}, {savedText}] = await Promise.all([
    import('../../changes/set-mode/plan-file.ts'),
    import('../../changes/set-mode/saved-plan.ts'),
  ])
  await writePlanFile(file, savedText(facts, mode, wish))
}

/** Why nothing of it may be done: by the plan, or by what the wire said. */
export async function assertPossible(plan: ModePlan, tried: PreflightReport | undefined): Promise<void> {
  const [{assertAllowed}, {assertPassed}] = await Promise.all([
    import('../../changes/set-mode/plan.ts'),
    import('../../changes/preflight/run.ts'),
  ])
  assertAllowed(plan)
  if (tried !== undefined) assertPassed(tried)
}
