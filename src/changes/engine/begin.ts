import type {Change, StoredPlan} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import type {Place, StoredChange} from '../../cluster/change-record.ts'
import type {ChangeCluster} from './cluster.ts'
import {firstJournal, isoTime} from './journal.ts'
import {standing} from './standing.ts'
import {nodesOf} from './steps.ts'
import {waysOn} from './ways-on.ts'

/** What is to be changed, and the text that it was planned for. */
export interface Wanted {
  readonly plan: StoredPlan
  readonly config: {readonly before: string; readonly after: string}
  /** Who wants it, in the API server's words. */
  readonly by: string
}

/** etcd takes 1.5 MiB, a ConfigMap 1 MiB of data; what the journal grows by has room beside it. */
const largestRecord = 700 * 1024

/** Writes the record, which is the lock: CHANGE_RUNNING while another one is not finished. Nothing else is written. */
export async function beginChange(cluster: ChangeCluster, wanted: Wanted, id: string): Promise<StoredChange> {
  const place = await freePlace(cluster)
  const change = await planned(cluster, wanted, id)
  const journal = firstJournal()
  try {
    return {resourceVersion: await cluster.writeChange(change, journal, place), change, journal}
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_CONFLICT') throw error
    const {stored: now} = await cluster.readChange()
    if (now?.change.id === change.id) return now
    throw now === undefined ? error : running(now)
  }
}

/** Where a record may be written; CHANGE_RUNNING while another change is not finished. */
export async function freePlace(cluster: Pick<ChangeCluster, 'readChange'>): Promise<Place> {
  const {place, stored} = await cluster.readChange()
  if (stored !== undefined && !isFinished(stored)) throw running(stored)
  return place
}

async function planned(cluster: ChangeCluster, {plan, config, by}: Wanted, id: string): Promise<Change> {
  const [{text}, found] = await Promise.all([cluster.readConfig(), cluster.readNodeConfigs()])
  if (text !== config.before) {
    throw new AntctlError(
      'API_CONFLICT',
      'somebody else changed the configuration since it was planned; nothing was changed',
      {
        remedy: ['run the command again and look at the new plan'],
      },
    )
  }
  const nodeConfigs = nodesOf({plan}).flatMap((node) => {
    const content = found.get(node)?.content
    return content === undefined ? [] : [[node, content] as const]
  })
  const change: Change = {
    version: 1,
    id,
    began: isoTime(cluster),
    by,
    plan,
    nodeConfigs: Object.fromEntries(nodeConfigs),
    config,
  }
  const bytes = Buffer.byteLength(JSON.stringify(change))
  if (bytes > largestRecord) {
    throw new AntctlError(
      'CHANGE_TOO_LARGE',
      `the record of this change would take ${bytes} bytes, more than a ConfigMap has room for`,
      {
        remedy: ['antctl set-mode --nodes … changes some Nodes at a time'],
      },
    )
  }
  return change
}

export function isFinished({journal: {state}}: Pick<StoredChange, 'journal'>): boolean {
  return state === 'done' || state === 'undone'
}

function running({change, journal}: StoredChange): AntctlError {
  const {plan, by, began} = change
  return new AntctlError(
    'CHANGE_RUNNING',
    `a change of ${plan.from} to ${plan.to} by ${by}, begun ${began}, is not finished (${standing(change, journal).sentence})`,
    {remedy: ['antctl set-mode --status', ...waysOn(change, journal)]},
  )
}
