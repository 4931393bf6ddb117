import type {CapturePlace} from './capture/wish.ts'

/** Where a packet can be seen: a place of a Node, and which way it passes there. */
export interface Station {
  readonly node: string
  readonly place: CapturePlace
  readonly direction: 'in' | 'out'
}

/** A packet that a device of a Node saw. */
export interface Sighting extends Station {
  readonly device: string
  /** Milliseconds since its Node saw the packet first: clocks of two Nodes are two. */
  readonly after: number
  readonly form: 'tunnelled' | 'plain'
  readonly source: string
  readonly destination: string
}

/** One place on the way; without `seen` it did not pass there in time. */
export interface LiveStation extends Station {
  /** Does the trace say that it passes there? */
  readonly expected: boolean
  readonly seen?: Sighting
}

export const liveVerdicts = {
  answered: {arrives: true, says: 'arrived, and was answered'},
  arrived: {arrives: true, says: 'arrived; no answer came back'},
  refused: {arrives: false, says: 'somebody on the way says that it cannot pass'},
  lost: {arrives: false, says: 'was not seen where it was to go'},
} as const satisfies Record<string, {readonly arrives: boolean; readonly says: string}>
export type LiveVerdict = keyof typeof liveVerdicts

/** What became of a packet that was really sent. */
export interface LiveTrace {
  readonly verdict: LiveVerdict
  readonly says: string
  /** Does the prediction say the same? */
  readonly asPredicted: boolean
  readonly sent: {
    readonly node: string
    readonly protocol: string
    readonly source: string
    readonly destination: string
    readonly bytes: number
    /** What it carries. */
    readonly mark: string
  }
  /** Milliseconds. */
  readonly waited: number
  readonly there: readonly LiveStation[]
  readonly back: readonly LiveStation[]
}
