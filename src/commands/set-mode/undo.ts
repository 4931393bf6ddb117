import {undoChange} from '../../changes/engine/drive-change.ts'
import {undoable} from '../../changes/engine/take-up.ts'
import {undoPlans} from '../../changes/set-mode/undo-plans.ts'
import {publishedPlan} from '../../changes/set-mode/mode-plan.ts'
import {undoLines} from '../../ui/change-status.ts'
import {wayBackLines} from '../../ui/mode-view.ts'
import type {View} from '../../ui/view.ts'
import {assertRights} from '../change-driver.ts'
import {type Desk, notConfirmed} from './desk.ts'
import {drive} from './drive.ts'
import {assertPossible} from './plans.ts'
import {tryOut} from './try-out.ts'

/**
 * Back to what was before: the record, what becomes of it, and the question first. What is half-way goes back at once; where
 * the change was finished the underlay may be another by now, and its way back is judged like a new change.
 */
export async function undo(desk: Desk): Promise<void> {
  const {flags, session, cluster, signal} = desk
  const {change, journal} = await desk.within(undoable(cluster))
  const isDry = flags['dry-run']
  const refused = notConfirmed('antctl set-mode --undo')
  if (!isDry && !flags.yes && !process.stdin.isTTY) throw refused
  const plans = journal.state === 'done' ? await desk.within(undoPlans(session, change, signal)) : []
  const lines = (view: View) => [...undoLines(change, view), ...plans.flatMap((plan) => wayBackLines(plan, view))]
  if (!isDry) await desk.page(lines)
  if (!isDry) await desk.within(assertRights(session))
  const ways = []
  for (const plan of plans) ways.push({plan, preflight: await tryOut(plan, desk)})
  const shown = {id: change.id, began: change.began, by: change.by, plan: change.plan}
  const published = ways.map(({plan, preflight}) => ({
    plan: publishedPlan(plan),
    ...(preflight !== undefined && {preflight}),
  }))
  const head = {undo: shown, ways: published}
  if (isDry) await desk.show(head, lines)
  for (const {plan, preflight} of ways) await assertPossible(plan, preflight)
  if (isDry) return
  if (!flags.yes) await desk.confirm('Go back?', refused)
  await drive(desk, head, (options) => undoChange(cluster, options))
}
