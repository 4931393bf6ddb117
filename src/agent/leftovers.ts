import type {ApiServer} from '../cluster/api.ts'
import {removeUpstreamAnnotations} from '../cluster/node-annotation.ts'
import {sentenceOf} from '../model/errors.ts'
import {removeLeftovers} from '../datapath/machine/leftovers/remove.ts'
import type {EventLog} from './events.ts'
import {keepTrying} from './keep-trying.ts'
import type {Log} from './log.ts'

/** What the last sweep could not remove: told once, however often it is tried again. */
const told = new WeakMap<EventLog, string>()

/** Takes away what upstream's agent left in the kernel, and tells what it was. Where that fails, Pods are served all the same. */
export async function sweepLeftovers({log, events}: {readonly log: Log; readonly events: EventLog}): Promise<void> {
  const {removed, left} = await removeLeftovers().catch((error: unknown) => ({removed: [], left: [sentenceOf(error)]}))
  if (removed.length > 0) events.add('repair', `removed what an agent of upstream left: ${removed.join(', ')}`)
  const sentence = left.join(', ')
  if (sentence !== '' && sentence !== told.get(events)) {
    log.warn({left}, 'what an agent of upstream left is not removed')
    events.add('trouble', `what an agent of upstream left is not removed: ${sentence}`)
  }
  told.set(events, sentence)
}

/** Once, as soon as the API server takes it: upstream's peers go by what stands on this Node, and ours need none of it. */
export async function forgetUpstreamAnnotations(
  api: ApiServer,
  node: string,
  {log, events, signal}: {readonly log: Log; readonly events: EventLog; readonly signal: AbortSignal},
): Promise<void> {
  const forget = async () => {
    const removed = await removeUpstreamAnnotations(api, node)
    if (removed.length > 0) events.add('repair', `removed what an agent of upstream left: ${removed.join(', ')}`)
  }
  const onFailure = (error: unknown) => log.warn({err: error}, 'annotations of an upstream agent are not removed')
  await keepTrying(forget, {signal, onFailure})
}
