import {AntctlError} from '../../model/errors.ts'
import type {ChangeCluster} from './cluster.ts'
import {isRestarter} from './holder.ts'
import {isoTime} from './journal.ts'
import {leaseTimes} from './lease.ts'
import {standing} from './standing.ts'
import {resumable} from './take-up.ts'

/** Asks the driver to stop where it is, and waits until it has; a driver that is gone is written down as stopped. The answer: where it stands. */
export async function abortChange(cluster: ChangeCluster): Promise<string> {
  const {change, journal} = await resumable(cluster)
  if (journal.state === 'stopped') return standing(change, journal).sentence
  await cluster.ask('abort')
  const end = cluster.now() + 2 * leaseTimes.life
  let alive = {renewed: (await cluster.readLease()).renewed, at: cluster.now()}
  for (;;) {
    await cluster.sleep(500)
    const {stored} = await cluster.readChange()
    if (stored === undefined || stored.change.id !== change.id || stored.journal.state !== 'running') {
      return stored === undefined ? 'the record is gone' : standing(stored.change, stored.journal).sentence
    }
    const {renewed, holder} = await cluster.readLease()
    if (renewed !== alive.renewed) alive = {renewed, at: cluster.now()}
    const isDriven = holder !== undefined && !isRestarter(holder)
    if (!isDriven || cluster.now() - alive.at >= leaseTimes.life) {
      const why = {code: 'CHANGE_STOPPED', sentence: 'its driver is gone'}
      const stopped = {...stored.journal, state: 'stopped' as const, why}
      await cluster.writeJournal(stopped, stored.resourceVersion)
      return standing(change, stopped).sentence
    }
    if (cluster.now() >= end) {
      throw new AntctlError('TIMEOUT', `whoever drives the change has not stopped by ${isoTime(cluster)}`, {
        remedy: ['antctl set-mode --status'],
      })
    }
  }
}
