import {undoChange} from '../../changes/engine/drive-change.ts'
import {undoable} from '../../changes/engine/take-up.ts'
import {undoLines} from '../../ui/change-status.ts'
import {assertRights} from '../change-driver.ts'
import {type Desk, notConfirmed} from './desk.ts'
import {drive} from './drive.ts'

/** Back to what was before: the record, what becomes of it, and the question first. */
export async function undo(desk: Desk): Promise<void> {
  const {flags, session, cluster} = desk
  const {change} = await desk.within(undoable(cluster))
  const shown = {id: change.id, began: change.began, by: change.by, plan: change.plan}
  if (flags['dry-run']) return desk.show({undo: shown}, (view) => undoLines(change, view))
  await desk.within(assertRights(session))
  await desk.page((view) => undoLines(change, view))
  if (!flags.yes) await desk.confirm('Go back?', notConfirmed('antctl set-mode --undo'))
  await drive(desk, {undo: shown}, (options) => undoChange(cluster, options))
}
