import {parts} from '../datapath/plan/compare.ts'
import {describe} from '../datapath/plan/describe.ts'
import type {Found} from './datapath.ts'
import type {EventLog} from './events.ts'
import {sweepLeftovers} from './leftovers.ts'
import {networkOf} from './network.ts'
import type {Log} from './log.ts'
import type {Reconciler} from './reconcile.ts'
import type {Live} from './session.ts'
import {sameConfig, type Store} from './state.ts'
import {tunnelTrouble} from './tunnel-trouble.ts'

interface Books {
  readonly store: Store
  readonly log: Log
  readonly events: EventLog
}

/**
 * One pass: the network as it is known now → the switch and the kernel. A new configuration's pass is timed. The answer
 * is what somebody else had changed.
 */
export async function converge(
  {datapath}: Pick<Live, 'datapath'>,
  {store, log, events}: Books,
  {resync}: {readonly resync: boolean},
): Promise<Found | undefined> {
  const start = performance.now()
  const {loaded, loadedAt = start, applied} = store.now()
  const changed = loaded !== undefined && !sameConfig(loaded, applied)
  const network = networkOf(store.now())
  if (resync) {
    datapath.suspect(parts)
    await sweepLeftovers({log, events})
  }
  const {steps, repaired} = await datapath.converge(network)
  // A silent neighbour is waited for: nobody else should wait with it.
  if (resync) void datapath.refreshNeighbours().catch((error: unknown) => log.warn({err: error}, 'tunnel neighbours'))
  const since = changed && applied !== undefined ? loadedAt : start
  const milliseconds = Math.round((performance.now() - since) * 10) / 10
  if (steps.length > 0) {
    log.info({steps: steps.map(({kind}) => kind), milliseconds}, 'datapath changed')
    if (repaired === undefined) events.add('change', steps.map(describe).join('; '), {milliseconds})
  }
  const result = applied === undefined ? 'started' : 'applied'
  const trouble = tunnelTrouble(network, datapath.unreachable)
  store.update({
    ...(store.now().tunnelTrouble !== trouble && {tunnelTrouble: trouble}),
    ...(store.now().dataplaneTrouble !== undefined && {dataplaneTrouble: undefined}),
    ...(changed && {applied: loaded, lastChange: {time: new Date().toISOString(), result, milliseconds}}),
  })
  return repaired
}

/** What the datapath depends on asks for a pass; whatever people may see asks for a report. */
export function followChanges(
  store: Store,
  {
    reconciler,
    report,
    isLive,
  }: {readonly reconciler: Reconciler; readonly report: () => void; readonly isLive: () => boolean},
): void {
  store.onChange((now, before) => {
    const moved =
      now.loaded !== before.loaded ||
      now.formerMode !== before.formerMode ||
      now.nodes !== before.nodes ||
      now.pods !== before.pods ||
      now.coming !== before.coming
    if (moved && isLive()) void reconciler.request().catch(() => undefined)
    const {flowTable: _flows, nodes: _nodes, formerMode: _former, ...seen} = now
    if (Object.entries(seen).some(([key, value]) => value !== Reflect.get(before, key))) report()
  })
}
