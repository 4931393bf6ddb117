import {resumeChange} from '../../changes/engine/drive-change.ts'
import {assertRights} from '../change-driver.ts'
import type {Desk} from './desk.ts'
import {drive} from './drive.ts'

/** Goes on with what was broken off. */
export async function resume(desk: Desk): Promise<void> {
  await desk.within(assertRights(desk.session))
  await drive(desk, {}, (options) => resumeChange(desk.cluster, options))
}
