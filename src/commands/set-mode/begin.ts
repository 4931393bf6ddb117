import {type ModePlan, publishedPlan} from '../../changes/set-mode/mode-plan.ts'
import {planLines} from '../../ui/mode-view.ts'
import type {SetModeFlags} from '../set-mode.ts'
import {assertRights} from '../change-driver.ts'
import {type Desk, notConfirmed} from './desk.ts'
import {drive} from './drive.ts'
import {assertPossible, savePlan, wantedBefore, wantedNow} from './plans.ts'
import {tryOut} from './try-out.ts'
import {wishOf} from './wish.ts'

/** A new change: planned, tried on the wire, confirmed, carried out. */
export async function begin(desk: Desk, mode: string | undefined): Promise<void> {
  const {flags, session, cluster, signal} = desk
  const wanted = await (flags.plan === undefined ? wantedNow(mode, await wishOf(desk)) : wantedBefore(flags.plan))
  const [{observeFacts}, {freePlace}] = await Promise.all([
    import('../../changes/set-mode/observe-facts.ts'),
    import('../../changes/engine/begin.ts'),
  ])
  // Half-way between two modes a plan would be judged by what is on its way.
  if (!flags['dry-run']) await desk.within(freePlace(cluster))
  const facts = await desk.within(observeFacts(session, wanted.mode, signal))
  const plan = await wanted.plan(facts)
  if (flags.save !== undefined) await savePlan(flags.save, facts, wanted)
  const last = flags['dry-run'] || plan.done
  const refused = notConfirmed(commandFor(plan, flags, mode))
  if (!last && !flags.yes && !process.stdin.isTTY) throw refused
  if (!last) await desk.page((view) => planLines(plan, view))
  if (!last) await desk.within(assertRights(session))
  const tried = await tryOut(plan, desk)
  const head = {plan: publishedPlan(plan), ...(tried !== undefined && {preflight: tried})}
  if (last) await desk.show({...head, events: []}, (view) => planLines(plan, view))
  await assertPossible(plan, tried)
  if (last) return
  const changing = plan.phases.reduce((sum, {nodes}) => sum + nodes.length, 0)
  if (!flags.yes) await desk.confirm(`Change ${changing} Nodes to ${plan.to}?`, refused)
  const [{carryOut}, {wantedOf}, {whoAmI}] = await Promise.all([
    import('../../changes/engine/drive-change.ts'),
    import('../../changes/engine/stored-plan.ts'),
    import('../../cluster/rights.ts'),
  ])
  const carried = wantedOf(plan, facts.config, await whoAmI(session.cluster.api, {timeout: 5_000}))
  await drive(desk, head, (options) => carryOut(cluster, carried, options))
}

function commandFor({noSNAT}: ModePlan, {plan}: SetModeFlags, mode: string | undefined): string {
  if (plan !== undefined) return `antctl set-mode --plan ${plan}`
  const snat = noSNAT.from === noSNAT.to ? '' : noSNAT.to ? ' --no-snat' : ' --snat'
  return `antctl set-mode${mode === undefined ? '' : ` ${mode}`}${snat}`
}
