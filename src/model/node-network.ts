import type {Cidr, InterfaceAddress, Ip, Mac} from './address.ts'
import type {PeerNode} from './node.ts'
import type {LocalPod} from './pod.ts'
import type {ProbeAddresses} from './probe.ts'
import type {TrafficMode} from './traffic-mode.ts'
import type {TunnelEnd} from './tunnel.ts'

/** How this Node is wired: found once at start, kept for the agent's life. */
export interface NodeWiring {
  readonly node: string
  readonly podCidr: Cidr
  readonly gateway: {readonly ip: Ip; readonly mac: Mac}
  /** Userspace OVS (netdev) or the kernel's module (system). */
  readonly datapath: 'netdev' | 'system'
  /** The NIC towards the peers, for example eth1. */
  readonly transportInterface: string
  /** The device that owns the transport address: br-phy on the userspace datapath, else the NIC itself. */
  readonly transportDevice: string
  readonly transport: readonly InterfaceAddress[]
  /** What every device of ours takes in, a Pod's and the gateway: whatever a peer may send. */
  readonly transportMtu: number
  /** All receive, the first sends. */
  readonly tunnels: readonly [TunnelEnd, ...TunnelEnd[]]
}

/** All that decides what this Node's switch and kernel must hold: the whole input of the pure functions. */
export interface NodeNetwork {
  readonly wiring: NodeWiring
  readonly mode: TrafficMode
  /** Until lately: answers to what was sent then are still on their way. */
  readonly formerMode?: TrafficMode
  readonly noSNAT: boolean
  readonly snatFullyRandomPorts: boolean
  /** Bytes of an IP packet that Pods may send: their routes say so. */
  readonly podMtu: number
  /** What of them a tunnel takes, whether one is used or not. */
  readonly tunnelMtu: number
  readonly peers: readonly PeerNode[]
  readonly pods: readonly LocalPod[]
  /** Only while a probe session runs. */
  readonly probe?: ProbeEnd
}

/** This Node's end of the probes: a port of br-int like a Pod's, with an address a form. */
export interface ProbeEnd extends Omit<LocalPod, 'ips'> {
  readonly addresses: ProbeAddresses
  /** Nodes that it exchanges packets with. */
  readonly peers: readonly string[]
}
