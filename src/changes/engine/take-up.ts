import type {Journal} from '../../model/change.ts'
import type {Direction} from '../../model/change-event.ts'
import {AntctlError} from '../../model/errors.ts'
import type {StoredChange} from '../../cluster/change-record.ts'
import type {ChangeCluster} from './cluster.ts'
import {isFinished} from './begin.ts'
import {assertNodeConfigsAreOurs, assertTextIsOurs} from './foreign-edits.ts'
import {turned} from './journal.ts'

/** The record, to go on with; CHANGE_NONE where nothing is half-way. */
export async function resumable(cluster: ChangeCluster): Promise<StoredChange> {
  const stored = await recorded(cluster)
  if (isFinished(stored)) throw none(`the last change is finished: it ended as ${stored.journal.state}`)
  return stored
}

/** The record, to go back from; CHANGE_FOREIGN where somebody else has changed since what would be put back. */
export async function undoable(cluster: ChangeCluster): Promise<StoredChange> {
  const stored = await recorded(cluster)
  const {change, journal} = stored
  if (journal.state === 'undone') throw none('the last change is undone already')
  // On its way back already: each step looks for itself.
  if (journal.direction === 'back') return stored
  const back = turned(journal, 'back')
  const kind = change.plan.scope === 'cluster' && journal.configTouched ? 'config' : 'nodes'
  assertTextIsOurs(change, {...back, state: journal.state}, kind, (await cluster.readConfig()).text)
  assertNodeConfigsAreOurs(change, back, 'nodes', await cluster.readNodeConfigs())
  return stored
}

/** The record, to go forward with again; CHANGE_NONE where nothing is on its way back, CHANGE_FOREIGN as for the way back. */
export async function redoable(cluster: ChangeCluster): Promise<StoredChange> {
  const stored = await resumable(cluster)
  const {change, journal} = stored
  if (journal.direction === 'forward') return stored
  const forward = turned(journal, 'forward')
  assertTextIsOurs(change, forward, 'config', (await cluster.readConfig()).text)
  assertNodeConfigsAreOurs(change, forward, 'nodes', await cluster.readNodeConfigs())
  return stored
}

/** The one who drives writes that it runs again, and what is asked otherwise this time. */
export async function takenUp(
  cluster: ChangeCluster,
  {change: {id}}: StoredChange,
  direction?: Direction,
): Promise<StoredChange> {
  await cluster.ask(undefined)
  const stored = await recorded(cluster)
  if (stored.change.id !== id) throw none('another change was begun meanwhile')
  const {journal} = stored
  const asked = {code: 'ASKED', sentence: 'somebody asked for it'}
  const running: Journal = {...journal, state: 'running', ...(direction !== undefined && {why: asked})}
  const isTurned = direction !== undefined && journal.direction !== direction
  const next = isTurned ? turned(running, direction, asked) : running
  return {...stored, journal: next, resourceVersion: await cluster.writeJournal(next, stored.resourceVersion)}
}

async function recorded(cluster: ChangeCluster): Promise<StoredChange> {
  const {stored} = await cluster.readChange()
  if (stored === undefined) throw none('no change was ever begun in this cluster')
  return stored
}

function none(sentence: string): AntctlError {
  return new AntctlError('CHANGE_NONE', sentence, {
    remedy: ['antctl set-mode --status', 'antctl set-mode MODE --dry-run'],
  })
}
