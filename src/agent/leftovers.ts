import {sentenceOf} from '../model/errors.ts'
import {removeLeftovers} from '../datapath/machine/leftovers.ts'
import type {EventLog} from './events.ts'
import type {Log} from './log.ts'

/** Takes away what upstream's agent left in the kernel, and tells what it was. Where that fails, Pods are served all the same. */
export async function sweepLeftovers({log, events}: {readonly log: Log; readonly events: EventLog}): Promise<void> {
  try {
    const removed = await removeLeftovers()
    if (removed.length > 0) events.add('repair', `removed what an agent of upstream left: ${removed.join(', ')}`)
  } catch (error) {
    log.warn({err: error}, 'what an agent of upstream left is not removed')
    events.add('trouble', `what an agent of upstream left is not removed: ${sentenceOf(error)}`)
  }
}
