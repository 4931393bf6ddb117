import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Session} from '../../cluster/session.ts'
import {healthReader} from './health.ts'
import {openHurry} from './hurry.ts'
import type {Prober} from './prober.ts'
import {openSheets} from './sheets.ts'
import type {Facts, FeedEvent, FeedName} from '../../ui/dash/facts.ts'

/** What a question is asked with. */
export interface Asking {
  /** The agents as they are now. */
  session(): Promise<Session>
  readonly signal: AbortSignal
}

export interface FeedsOptions extends Asking {
  readonly prober: Pick<Prober, 'look'>
  /** Milliseconds that a question to a Node is given; whoever hurries shows the others' answers meanwhile. */
  readonly nodeTimeout: number
  readonly hurries: boolean
}

/** What the commands ask is asked here, by the same readers. */
export function openFeeds(options: FeedsOptions): (name: FeedName) => Promise<FeedEvent> {
  const {signal, prober, nodeTimeout, hurries} = options
  const hurry = openHurry(nodeTimeout)
  const session = async () => (hurries ? hurry.over(await options.session()) : options.session())
  const sheets = openSheets({session, signal})
  const health = healthReader(session, hurry, signal)
  const readers: Readonly<Record<FeedName, () => Promise<Facts>>> = {
    health: async () => ({health: fresh(await health())}),
    paths: async () => {
      const [now, {gatherPaths}] = await Promise.all([session(), import('../../diagnostics/paths/gather.ts')])
      try {
        const {tables, failures} = await gatherPaths(now, {depth: 'install', signal})
        return {paths: fresh({tables, silent: failures.map(({node, error}) => ({node, reason: error.message}))})}
      } catch (error) {
        signal.throwIfAborted()
        // What the API server alone knows is more than nothing, and is said to be no more.
        const {tables} = await gatherPaths(now, {depth: 'predict', signal})
        return {paths: fresh({tables, silent: [], predicted: sentenceOf(error)})}
      }
    },
    probe: async () => ({probe: fresh(await prober.look())}),
    change: async () => {
      const [{cluster}, {statusOf}, {readChange}, {readLease}] = await Promise.all([
        session(),
        import('../../changes/engine/status.ts'),
        import('../../cluster/change-record.ts'),
        import('../../cluster/change-lease.ts'),
      ])
      const read = await readChange(cluster.api, {signal})
      const status = await statusOf({readChange: async () => read, readLease: () => readLease(cluster.api, {signal})})
      return {change: fresh({status, events: read.stored?.journal.events ?? []})}
    },
    flows: async () => ({flows: fresh(await sheets.flows())}),
    routes: async () => ({routes: fresh(await sheets.routes())}),
    pods: async () => ({pods: fresh(await sheets.pods())}),
    events: async () => ({events: fresh(await sheets.events())}),
  }
  return async (name) => {
    try {
      const facts = await readers[name]()
      const soon = hurry.late().some(({failure}) => failure === undefined)
      return {kind: 'arrived', facts, at: Date.now(), soon}
    } catch (error) {
      // A failure is news like any other.
      const known =
        error instanceof AntctlError ? error : new AntctlError('API_ANSWER', sentenceOf(error), {cause: error})
      return {kind: 'failed', feed: name, error: known, at: Date.now()}
    }
  }
}

function fresh<Value>(value: Value): {readonly value: Value; readonly at: number} {
  return {value, at: Date.now()}
}
