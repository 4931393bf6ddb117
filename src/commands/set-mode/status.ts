import {statusOf} from '../../changes/engine/status.ts'
import {statusLines} from '../../ui/change-status.ts'
import type {Desk} from './desk.ts'

export async function status({cluster, within, show}: Desk): Promise<void> {
  const found = await within(statusOf(cluster))
  await show(found, (view) => statusLines(found, view))
}
