import type {Ip} from '../../model/address.ts'
import type {Hop, KernelEntry, TraceEnd, TraceService, TraceVerdict, WireForm} from '../../model/trace.ts'
import type {TraceSources} from './sources.ts'

export interface Packet {
  readonly source: Ip
  readonly destination: Ip
  readonly flow?: string
}

export type Place =
  /** Without a port: by that of the Pod that sends. */
  | {readonly at: 'bridge'; readonly node: string; readonly port?: string}
  | {readonly at: 'kernel'; readonly node: string; readonly in: KernelEntry}

/** How it came to the Node where it is; `assumed`: nobody who was asked can say so. */
export type Crossing = 'none' | WireForm | 'assumed'

export interface State {
  readonly place: Place
  readonly packet: Packet
  readonly crossing: Crossing
}

/** One packet, one way. */
export interface Journey {
  readonly start: Place
  readonly packet: Packet
  readonly from: TraceEnd
  readonly to: TraceEnd
  readonly isReply: boolean
  /** Which of its endpoints kube-proxy is to choose: `to`. */
  readonly service?: TraceService & {readonly endpointPort: number}
  readonly memory: Memory
  readonly sources: TraceSources
}

/** What the way there left behind: bridges and kernels treat the answer by it. */
export interface Memory {
  /** ct_mark by bridge and connection. */
  readonly marks: Map<string, string>
  readonly translations: Turn[]
}

export interface Turn {
  readonly node: string
  readonly before: Packet
  readonly after: Packet
}

export function connectionKey(node: string, source: Ip, destination: Ip): string {
  return `${node} ${source} ${destination}`
}

export interface Ending {
  readonly verdict: TraceVerdict
  readonly says?: string
}

/** A place has been passed: it goes on, or the story ends. */
export interface Step {
  readonly hops: readonly Hop[]
  readonly next: State | Ending
  /** What went wrong on the wire as far as can be seen from both its ends, though every table says it goes there. */
  readonly doubt?: Required<Ending>
}

/** Asks everybody on the bridge: it needs no destination, and nobody routes it. */
export function isArp(flow: string | undefined): boolean {
  return flow !== undefined && /^arp\b/u.test(flow)
}
