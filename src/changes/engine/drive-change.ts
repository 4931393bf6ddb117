import type {ChangeOptions, StoredPlan} from '../../model/change.ts'
import type {ChangeEvent} from '../../model/change-event.ts'
import {beginChange, isFinished, type Wanted} from './begin.ts'
import type {StoredChange} from '../../cluster/change-record.ts'
import type {ChangeCluster} from './cluster.ts'
import {type Drive, type DriveOptions, openCheckpoint} from './drive.ts'
import {keepJournal} from './journal.ts'
import {takeLease} from './lease.ts'
import {type PatientCluster, patientCluster} from './patient.ts'
import {leave, runChange} from './run.ts'
import {stepsOf} from './steps.ts'
import {resumable, takenUp, undoable} from './take-up.ts'
import {openWatch} from './watch.ts'

export interface DrivingOptions extends DriveOptions {
  /** Names this process among all that might drive. */
  readonly holder: string
  readonly tell: (event: ChangeEvent) => void
  /** Asked for otherwise than when the change began. */
  readonly otherwise?: Partial<ChangeOptions>
  /** Confirmed now, if not when the change began. */
  readonly removeStaleRoutes?: boolean
}

/** Carries a new change out. */
export async function carryOut(cluster: ChangeCluster, wanted: Wanted, options: DrivingOptions): Promise<void> {
  await driving(cluster, options, {found: () => beginChange(cluster, wanted)})
}

/** Goes on with what was left half-way, in its direction. */
export async function resumeChange(cluster: ChangeCluster, options: DrivingOptions): Promise<void> {
  await driving(cluster, options, {found: () => resumable(cluster), taken: (stored) => takenUp(cluster, stored, {})})
}

/** Goes back to the configuration before, from half-way or long after. */
export async function undoChange(cluster: ChangeCluster, options: DrivingOptions): Promise<void> {
  await driving(cluster, options, {
    found: () => undoable(cluster),
    taken: (stored) => takenUp(cluster, stored, {direction: 'back'}),
  })
}

interface Taking {
  readonly found: () => Promise<StoredChange>
  /** What the driver writes before it goes on; absent where it has just begun. */
  readonly taken?: (stored: StoredChange) => Promise<StoredChange>
}

async function driving(cluster: ChangeCluster, options: DrivingOptions, {found, taken}: Taking): Promise<void> {
  const stored = await found()
  const wait = (why: string) => {
    options.tell({version: 1, at: new Date(cluster.now()).toISOString(), change: stored.change.id, event: 'wait', why})
  }
  // Of a change that was just begun, or is finished, nobody else can be the driver.
  const observe = taken !== undefined && !isFinished(stored)
  const lease = await takeLease(cluster, options.holder, {observe, onWait: wait})
  const patient = patientCluster(cluster, {lease, goOn: () => options.signal.throwIfAborted(), onWait: wait})
  try {
    await drive(patient, (await taken?.(stored)) ?? stored, options)
  } finally {
    // Its end must not hide how the change ended; the lease ends by itself.
    await lease.release().catch(() => undefined)
  }
}

async function drive(cluster: PatientCluster, stored: StoredChange, options: DrivingOptions): Promise<void> {
  const journal = keepJournal(cluster, stored, options.tell)
  const change = {...stored.change, plan: asAsked(stored.change.plan, options)}
  const watch = openWatch(change, cluster, journal)
  const driven: Drive = {
    change,
    cluster,
    journal,
    watch,
    options,
    checkpoint: openCheckpoint(cluster, journal, options.signal),
  }
  try {
    sayBeginning(driven)
    await runChange(driven)
  } catch (error) {
    throw await leave(driven, error)
  } finally {
    await watch.end().catch(() => undefined)
  }
}

function asAsked(plan: StoredPlan, {otherwise, removeStaleRoutes}: DrivingOptions): StoredPlan {
  const {options, upstream} = plan
  return {
    ...plan,
    options: {...options, ...otherwise},
    ...(upstream !== undefined && removeStaleRoutes === true && {upstream: {...upstream, removeStaleRoutes}}),
  }
}

function sayBeginning({change, journal}: Drive): void {
  const {plan, by} = change
  const {direction} = journal.now()
  const {from, to, noSNAT} = plan
  const steps = stepsOf(change, direction).map(({name, nodes}) => ({name, nodes: nodes.length}))
  journal.say({event: 'began', direction, from, to, noSNAT, by, steps})
}
