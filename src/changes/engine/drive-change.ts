import {randomBytes} from 'node:crypto'
import type {ChangeOptions, StoredPlan} from '../../model/change.ts'
import type {ChangeEvent} from '../../model/change-event.ts'
import {beginChange, freePlace, type Wanted} from './begin.ts'
import type {StoredChange} from '../../cluster/change-record.ts'
import type {ChangeCluster} from './cluster.ts'
import {type Drive, type DriveOptions, openCheckpoint} from './drive.ts'
import {isoTime, keepJournal} from './journal.ts'
import {takeLease} from './lease.ts'
import {type PatientCluster, patientCluster} from './patient.ts'
import {leave, runChange} from './run.ts'
import {stepsOf} from './steps.ts'
import {redoable, resumable, takenUp, undoable} from './take-up.ts'
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
  await freePlace(cluster)
  const id = randomBytes(4).toString('hex')
  await driving(cluster, options, {id, taken: () => beginChange(cluster, wanted, id)})
}

/** Goes on with what was left half-way, in its direction. */
export async function resumeChange(cluster: ChangeCluster, options: DrivingOptions): Promise<void> {
  const stored = await resumable(cluster)
  await driving(cluster, options, {id: stored.change.id, taken: () => takenUp(cluster, stored)})
}

/** Goes back to the configuration before, from half-way or long after. */
export async function undoChange(cluster: ChangeCluster, options: DrivingOptions): Promise<void> {
  const stored = await undoable(cluster)
  await driving(cluster, options, {
    id: stored.change.id,
    taken: () => takenUp(cluster, stored, 'back'),
  })
}

/** Turns what is on its way back round again, to what the change was to. */
export async function redoChange(cluster: ChangeCluster, options: DrivingOptions): Promise<void> {
  const stored = await redoable(cluster)
  await driving(cluster, options, {
    id: stored.change.id,
    taken: () => takenUp(cluster, stored, 'forward'),
  })
}

interface Taking {
  /** The change's. */
  readonly id: string
  /** What the driver writes once nobody else can be at it, before it goes on. */
  readonly taken: () => Promise<StoredChange>
}

async function driving(cluster: ChangeCluster, options: DrivingOptions, {id, taken}: Taking): Promise<void> {
  const wait = (why: string) => {
    options.tell({version: 1, at: isoTime(cluster), change: id, event: 'wait', why})
  }
  const lease = await takeLease(cluster, options.holder, wait)
  const patient = patientCluster(cluster, {lease, goOn: () => options.signal.throwIfAborted(), onWait: wait})
  try {
    await drive(patient, await taken(), options)
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
