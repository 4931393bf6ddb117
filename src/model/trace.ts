import type {Ip} from './address.ts'
import type {KernelRoute, KernelWay, NodeEcho, ServiceWay} from './agent-api.ts'
import type {LiveTrace} from './live.ts'
import type {PodName} from './pod.ts'

/** A Pod, a Node itself (`host`), or a bare address; without `node` it is outside the cluster. */
export interface TraceEnd {
  readonly ip: Ip
  readonly pod?: PodName
  readonly node?: string
  /** The Node's own network: its processes and Pods with hostNetwork. */
  readonly host?: true
}

/** A Service as kube-proxy sees it, and those who may answer for it. */
export interface TraceService {
  readonly name: string
  readonly ip: Ip
  readonly port: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly endpoints: readonly (TraceEnd & {readonly port: number})[]
}

export interface TraceRequest {
  readonly source: TraceEnd
  readonly destinations: readonly [TraceDestination, ...TraceDestination[]]
  readonly service?: TraceService
  /** More match text in ovs-ofctl's words, for example "tcp,tcp_dst=80". */
  readonly flow?: string
  /** The packet enters this bridge by this port, whoever sent it. */
  readonly entry?: {readonly node: string; readonly port: string}
}

/** `port`: of a Service's endpoint. */
export type TraceDestination = TraceEnd & {readonly port?: number}

/** One table that the packet met: the flow that matched and what it did. */
export interface TableHop {
  readonly tableId: number
  readonly table: string
  readonly match: string
  readonly priority: number
  readonly cookie?: string
  readonly actions: readonly string[]
}

/** What the bridge asked of conntrack, and what the trace assumes that it says. */
export interface ConntrackStep {
  readonly does: 'looks up' | 'remembers'
  readonly zone: string
  readonly state: string
  readonly mark?: string
}

/** How the packet left a bridge. */
export type BridgeExit =
  | {readonly way: 'port'; readonly port: string}
  | {readonly way: 'gateway'; readonly port: string}
  | {readonly way: 'tunnel'; readonly tunDst: Ip; readonly port: string}
  | {readonly way: 'dropped'; readonly reason: string}
  /** The trace's text does not say, for example after a hash that only a real packet has. */
  | {readonly way: 'unknown'; readonly reason: string}

interface HopAt {
  readonly node: string
  /** As the packet looks when it comes here. */
  readonly packet: {readonly source: Ip; readonly destination: Ip}
  /** What happened here, in one clause. */
  readonly says: string
}

/** Through the tables of br-int. */
export interface BridgeHop extends HopAt {
  readonly at: 'bridge'
  readonly inPort: string
  readonly tables: readonly TableHop[]
  readonly conntrack: readonly ConntrackStep[]
  /** The flow that decided the way. */
  readonly deciding?: TableHop
  readonly exit: BridgeExit
}

/** By which way a packet comes to a Node's kernel; `process`: a program of the Node sends it. */
export type KernelEntry = 'gateway' | 'transport' | 'outside' | 'process'

/** An address that a Node's kernel put in the place of another, and by which rule. */
export interface Translation {
  readonly what: 'source' | 'destination'
  readonly from: string
  readonly to: string
  /** Empty: it turns back what it did to the packet that is answered. */
  readonly rules: readonly string[]
}

/** Through the kernel of a Node. */
export interface KernelHop extends HopAt {
  readonly at: 'kernel'
  readonly in: KernelEntry
  readonly translations: readonly Translation[]
  readonly route?: KernelRoute
  readonly neighbour?: KernelWay['neighbour']
  readonly service?: ServiceWay
}

/** Without a tunnel, `routed`: straight to the Node; `fabric`: by a router that must know the way. */
export type WireForm = 'tunnelled' | 'routed' | 'fabric'

/** From one Node to another. */
export interface WireHop extends HopAt {
  readonly at: 'wire'
  readonly to: string
  readonly form: WireForm
  /** Who takes it there: the other Node's own address, or a router's. */
  readonly via?: string
  /** Both Nodes' gateways asked each other in this form. */
  readonly echo?: NodeEcho
  /** Nobody who was asked can say that it goes this way. */
  readonly assumed?: true
}

export type Hop = BridgeHop | KernelHop | WireHop

/** What became of it: `arrives` undefined is not known. */
export const traceVerdicts = {
  'same-node': {arrives: true, says: 'delivered on the same Node'},
  routed: {arrives: true, says: 'delivered to another Node, routed without a tunnel'},
  tunnelled: {arrives: true, says: 'delivered to another Node through the tunnel'},
  inbound: {arrives: true, says: 'delivered from outside the cluster'},
  outside: {arrives: true, says: 'left the cluster through the Node'},
  asymmetric: {arrives: true, says: 'delivered, but the answer comes another way'},
  unanswered: {arrives: false, says: 'delivered, but the answer does not come back'},
  dropped: {arrives: false, says: 'dropped on a Node'},
  'no-route': {arrives: false, says: 'a kernel has no route that leads there'},
  'wrong-neighbour': {arrives: false, says: 'sent to a MAC address that is not the next hop'},
  'link-down': {arrives: false, says: 'a Node has no link to the others'},
  mtu: {arrives: false, says: 'small packets pass, those of full size are lost'},
  lost: {arrives: false, says: 'lost between Nodes, which sent it rightly'},
  broken: {arrives: false, says: 'does not lead there'},
  unknown: {arrives: undefined, says: 'cannot be told from what the agents answer'},
} as const satisfies Record<string, {readonly arrives: boolean | undefined; readonly says: string}>
export type TraceVerdict = keyof typeof traceVerdicts

/** One direction. */
export interface OneWay {
  readonly verdict: TraceVerdict
  /** Why, naming the flow and the route that say so. */
  readonly reason: string
  readonly hops: readonly Hop[]
}

/** To one destination; the verdict counts the answer in. */
export interface TraceWay extends OneWay {
  readonly destination: TraceDestination
  /** What is sent back; absent where nothing arrived that could be answered. */
  readonly reply?: OneWay
}

export interface Trace {
  readonly version: 1
  readonly source: TraceEnd
  readonly flow?: string
  readonly service?: TraceService
  /** Of the first way that fails, else of the first. */
  readonly verdict: TraceVerdict
  readonly reason: string
  /** One a destination: a Service may have several. */
  readonly ways: readonly TraceWay[]
  /** What could not be asked here, and what was assumed instead. */
  readonly notes: readonly string[]
  /** What became of a packet of this kind that was really sent. */
  readonly live?: LiveTrace
}
