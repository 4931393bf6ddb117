import type {CapturePlace} from './wish.ts'

/** What `antctl packetcapture` wrote. */
export interface CaptureReport {
  readonly file: string
  readonly packets: number
  readonly interfaces: readonly CapturedInterface[]
  /** Nodes whose agent did not answer, or broke off. */
  readonly failures: readonly {readonly node: string; readonly reason: string}[]
  /** Everything that was asked for was seen before time was over. */
  readonly complete: boolean
}

export interface CapturedInterface {
  readonly node: string
  readonly device: string
  readonly place: CapturePlace
  readonly description: string
  readonly packets: number
  /** Seen, and lost for want of time. */
  readonly dropped: number
}
