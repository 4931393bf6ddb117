import type {Change} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ChangeCluster} from './cluster.ts'
import type {JournalKeeper} from './journal.ts'
import type {PatientCluster} from './patient.ts'
import type {Watch} from './watch.ts'

export interface DriveOptions {
  readonly signal: AbortSignal
  /** Milliseconds for the Nodes of a step to follow. */
  readonly patience: number
  /** Seconds for which Nodes that are away are waited for; undefined: as long as it takes. */
  readonly waiting?: number | undefined
}

/** A change under way, as its driver has it at hand. */
export interface Drive {
  readonly change: Change
  readonly cluster: PatientCluster
  readonly journal: JournalKeeper
  readonly watch: Watch
  readonly options: DriveOptions
  /** Between two acts and in every wait: Ctrl-C and --abort end it here. */
  checkpoint(): Promise<void>
}

/** Milliseconds between two looks at Nodes, and at what is asked. */
export const looks = {nodes: 300, asked: 1_000} as const

export function openCheckpoint(
  cluster: Pick<ChangeCluster, 'now'>,
  journal: Pick<JournalKeeper, 'asked'>,
  signal: AbortSignal,
): () => Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY
  return async () => {
    signal.throwIfAborted()
    if (cluster.now() - askedAt < looks.asked) return
    askedAt = cluster.now()
    if ((await journal.asked()) === 'abort') throw stopped('antctl set-mode --abort asked for it')
  }
}

export function stopped(why: string): AntctlError {
  return new AntctlError('CHANGE_STOPPED', why)
}
