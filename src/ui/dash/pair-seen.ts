import type {FlowRow} from '../../diagnostics/flows/rows.ts'
import type {PathKind} from '../../model/path.ts'
import type {ProbeResult} from '../../model/probe.ts'

/** One direction, as the Node that sends holds it now. */
export interface HeldWay {
  readonly why: string
  /** The flow that takes packets of Pods to the other Node. */
  readonly flow?: Pick<FlowRow, 'table' | 'priority' | 'match' | 'actions' | 'packets'>
  /** What the Node's kernel does with the other's podCIDR, as ip-route(8) writes it. */
  readonly route?: string
}

/** Both directions; of a Node that does not answer why. */
export interface PairHeld {
  readonly there?: HeldWay
  readonly back?: HeldWay
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
}

/** One direction, as the packets of both agents went in the second that they sent. */
export interface ProbedWay {
  readonly kind: PathKind
  readonly why: string
  readonly live: Pick<ProbeResult, 'sent' | 'lost' | 'longestGap' | 'roundTrip' | 'mtu'>
}

export interface PairProbed {
  readonly there?: ProbedWay
  readonly back?: ProbedWay
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
  /** Milliseconds since 1970. */
  readonly at: number
}
