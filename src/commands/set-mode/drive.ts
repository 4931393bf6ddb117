import type {ChangeEvent} from '../../model/change-event.ts'
import type {DrivingOptions} from '../../changes/engine/drive-change.ts'
import {holderName} from '../../changes/engine/holder.ts'
import {statusOf} from '../../changes/engine/status.ts'
import {statusLines} from '../../ui/change-status.ts'
import {isTable} from '../../ui/output.ts'
import {patience} from '../change-driver.ts'
import type {Desk} from './desk.ts'
import {askedOptions} from './wish.ts'

/** Shows the work while it is done, and in the end what came of it, also when it failed. */
export async function drive(
  {flags, cluster, signal, show, watched}: Desk,
  head: object,
  work: (options: DrivingOptions) => Promise<void>,
): Promise<void> {
  const events: ChangeEvent[] = []
  const end = async () => {
    if (flags.events) return
    const status = await statusOf(cluster)
    await show({...head, ...status, events}, (view) => statusLines(status, view))
  }
  const options = {
    signal,
    holder: holderName(),
    patience: (flags.timeout ?? patience) * 1_000,
    waiting: flags.timeout,
    otherwise: askedOptions(flags),
    removeStaleRoutes: flags['remove-stale-routes'],
  }
  try {
    await watched((tell) =>
      work({
        ...options,
        tell: (event) => {
          if (event.event !== 'probe') events.push(event)
          tell(event)
        },
      }),
    )
  } catch (error) {
    // For a person the error says it; a program wants all of it.
    if (!isTable(flags.output)) await end().catch(() => undefined)
    throw error
  }
  await end()
}
