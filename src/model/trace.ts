import type {Ip, Mac} from './address.ts'
import type {KernelRoute} from './agent-api.ts'
import type {PodName} from './pod.ts'

/** A Pod found in the cluster, or a bare address. */
export interface TraceEnd {
  readonly ip: Ip
  readonly pod?: PodName
  readonly node?: string
}

export interface TraceRequest {
  readonly source: TraceEnd & {readonly pod: PodName; readonly node: string}
  readonly destination: TraceEnd
  /** More match text in ovs-ofctl's words, for example "tcp,tcp_dst=80". */
  readonly flow?: string
}

/** One table that the packet met: the flow that matched and what it did. */
export interface TableHop {
  readonly tableId: number
  readonly table: string
  readonly match: string
  readonly priority: number
  readonly cookie?: string
  readonly actions: readonly string[]
}

/** How the packet left a bridge, in the words of the trace's own datapath actions. */
export type BridgeExit =
  | {readonly way: 'port'; readonly port: string; readonly ethDst?: Mac}
  | {readonly way: 'gateway'; readonly port: string}
  | {readonly way: 'tunnel'; readonly tunDst: Ip; readonly port: string}
  | {readonly way: 'dropped'; readonly reason: string}
  /** The trace's text does not say, for example after a hash that only a real packet has. */
  | {readonly way: 'unknown'; readonly reason: string}

/** What happened on one Node: the bridge's tables, then (where it left by the gateway) the kernel's route. */
export interface NodeHop {
  readonly node: string
  readonly inPort: string
  readonly tables: readonly TableHop[]
  /** The flow that decided the way. */
  readonly deciding?: TableHop
  readonly exit: BridgeExit
  readonly route?: KernelRoute
}

export const traceVerdicts = {
  'same-node': 'delivered on the same Node by OVS directly',
  routed: 'delivered to another Node, routed without a tunnel',
  tunnelled: 'delivered to another Node through the tunnel',
  outside: 'left the cluster through the Node',
  dropped: 'a flow drops it',
  broken: 'lost between Nodes',
  unknown: 'cannot be told from what the agents answer',
} as const
export type TraceVerdict = keyof typeof traceVerdicts

/** One way of a packet across the cluster. */
export interface Trace {
  readonly source: TraceEnd
  readonly destination: TraceEnd
  readonly verdict: TraceVerdict
  /** One sentence: why this verdict, naming the flow and the route that say so. */
  readonly reason: string
  readonly hops: readonly NodeHop[]
}
