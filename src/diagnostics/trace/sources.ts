import type {Ip} from '../../model/address.ts'
import type {KernelWay, NodeEcho, PodInterface, ServiceWay} from '../../model/agent-api.ts'
import type {KernelEntry} from '../../model/trace.ts'
import type {TunnelType} from '../../model/tunnel.ts'
import type {Underlay} from '../paths/underlay.ts'

/** What a trace asks of Nodes; live agents and a test's recordings answer alike. `undefined`: this agent cannot say. */
export interface TraceSources {
  readonly underlay: Underlay
  /** Text of ofproto/trace. */
  trace(node: string, stop: Stop): Promise<string>
  kernel(node: string, question: KernelQuestion): Promise<KernelWay | undefined>
  service(node: string, asked: ServiceQuestion): Promise<ServiceWay | undefined>
  /** undefined also where nothing is to be sent. */
  echo(node: string, to: string, sizes: readonly number[]): Promise<NodeEcho | undefined>
  podInterfaces(node: string): Promise<readonly PodInterface[]>
  /** Name of an OpenFlow table on that Node, where it is known. */
  tableName(node: string, id: number): string | undefined
  /** Does its agent take the state of a connection? Upstream's does not. */
  knowsConnections(node: string): boolean
  /** What the agents said of themselves. */
  sizes(node: string): {readonly podMtu?: number; readonly tunnel?: TunnelType}
}

/** One bridge that the packet enters: by which port, and what it looks like to that Node's agent. */
export interface Stop {
  readonly port?: string
  readonly source: string
  readonly destination: string
  readonly flow?: string
  /** Absent: the first packet of its connection. unseen: it answers a packet that did not come by this bridge. */
  readonly connection?: 'established' | 'unseen'
  readonly mark?: string
}

export interface KernelQuestion {
  readonly destination: Ip
  readonly source?: Ip
  /** Absent: the Node itself sends it. */
  readonly in?: Exclude<KernelEntry, 'process'>
  /** It is a tunnel's own packet. */
  readonly outer?: true
}

export interface ServiceQuestion {
  readonly ip: Ip
  readonly port: number
  readonly protocol: string
}
