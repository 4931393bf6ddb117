import type {Trace} from '../../model/trace.ts'

/** A trace with what its boxes need beside it. */
export interface Walk {
  readonly trace: Trace
  /** The question that each table answers. */
  readonly asks: Readonly<Record<string, string>>
  /** What the flows on the way have counted, by flowKey. */
  readonly packets: ReadonlyMap<string, number>
}
