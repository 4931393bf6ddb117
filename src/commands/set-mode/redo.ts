import {redoChange} from '../../changes/engine/drive-change.ts'
import {redoable} from '../../changes/engine/take-up.ts'
import {redoLines} from '../../ui/change-status.ts'
import {assertRights} from '../change-driver.ts'
import {type Desk, notConfirmed} from './desk.ts'
import {drive} from './drive.ts'

/** Forward again, where the way back cannot be gone to its end, or is wanted no more. */
export async function redo(desk: Desk): Promise<void> {
  const {flags, session, cluster} = desk
  const {change} = await desk.within(redoable(cluster))
  const shown = {id: change.id, began: change.began, by: change.by, plan: change.plan}
  if (flags['dry-run']) return desk.show({redo: shown}, (view) => redoLines(change, view))
  await desk.within(assertRights(session))
  await desk.page((view) => redoLines(change, view))
  if (!flags.yes) await desk.confirm('Go forward again?', notConfirmed('antctl set-mode --redo'))
  await drive(desk, {redo: shown}, (options) => redoChange(cluster, options))
}
