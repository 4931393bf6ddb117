/**
 * What the agent API answers (HTTPS 10350). Upstream's paths keep upstream's JSON; our own live under /v1/.
 * Source: upstream pkg/agent/apis/types.go for the names.
 */

/** GET /podinterfaces?name=&namespace= */
export interface PodInterface {
  readonly name: string
  readonly podNamespace: string
  readonly interfaceName: string
  readonly ips: readonly string[]
  readonly mac: string
  readonly portUUID: string
  readonly ofPort: number
  readonly containerID: string
}

/** GET /ovsflows?pod=&namespace=&table= (table: comma-separated names or numbers). One flow, as ovs-ofctl prints it. */
export interface OvsFlow {
  readonly flow: string
}

/**
 * GET /ovstracing?port=&source=&destination=&flow=&addressFamily=: port is an OVS port name or ns/pod; source and
 * destination are ns/pod or IP; flow is more match text ("tcp,tcp_dst=80").
 */
export interface OvsTracing {
  /** The text of ofproto/trace, unchanged. */
  readonly result: string
}

/** GET /v1/routes: what the kernel of that Node holds. */
export interface NodeRoutes {
  readonly routes: readonly KernelRoute[]
}

/** One row of `ip -j route show`, and of a per-address lookup. */
export interface KernelRoute {
  /** CIDR; "0.0.0.0/0" for the default route. */
  readonly to: string
  readonly via?: string
  readonly dev: string
  /** blackhole, unreachable, prohibit or throw; absent for a route that leads somewhere. */
  readonly type?: string
  readonly src?: string
  readonly onlink?: boolean
  readonly protocol?: string
  readonly scope?: string
  readonly metric?: number
  readonly mtu?: number
  /** Its routing table; absent for the main one. The kernel asks the main one when no other had an answer. */
  readonly table?: number
}

/**
 * GET /v1/kernelway?destination=&source=&in=: what the kernel of that Node does with a packet that comes in by `in` (gateway,
 * transport, outside), or that the Node itself sends. `outer=true`: the packet is a tunnel's own, which Open vSwitch may send
 * past the kernel.
 */
export interface KernelWay {
  /** The row that decides; of a refused packet the row of the main table, if there is one. */
  readonly route?: KernelRoute
  /** What the Node itself would send from. */
  readonly source?: string
  /** errno of the kernel, when it lets no such packet through. */
  readonly refusal?: string
  /** By which the packet leaves. */
  readonly link?: NodeLink
  /** Who takes it there; without a MAC nobody answered for the address. */
  readonly neighbour?: {readonly ip: string; readonly mac?: string}
  /** The Node puts its own address in the place of the source. */
  readonly masquerade?: {readonly source?: string; readonly rule: string}
  /** NIC and device of the transport address. */
  readonly transport: {readonly nic: NodeLink; readonly device: NodeLink}
}

export interface NodeLink {
  readonly name: string
  readonly mac?: string
  readonly mtu: number
  readonly up: boolean
  /** Is the cable in? */
  readonly carrier: boolean
}

/**
 * GET /v1/echo?node=&bytes=: this Node's gateway pings that Node's, a few packets: they go as those between Pods of the two
 * Nodes do while flow and route agree. `bytes`: up to four sizes of an IP packet, separated by commas.
 */
export interface NodeEcho {
  readonly from: string
  readonly to: string
  readonly tries: readonly EchoTry[]
}

export interface EchoTry {
  readonly bytes: number
  readonly sent: number
  /** Milliseconds; absent: nothing came back. */
  readonly roundTrip?: number
  /** What the kernel or a router said instead. */
  readonly said?: string
}

/** GET /v1/serviceway?ip=&port=&protocol=: what kube-proxy has put on that Node for a Service's address. */
export interface ServiceWay {
  /** undefined: nothing on this Node translates that address. */
  readonly program?: 'iptables' | 'nftables'
  /** Rules that a packet to it meets, as the program prints them: the first few. */
  readonly rules: readonly string[]
  /** "10.244.2.2:7000" */
  readonly endpoints: readonly string[]
  /** For which packets the Node also puts its own address in the place of the source. */
  readonly masquerade?: string
}

/** A port of br-int by ofport, so that a trace's numbers can be named. */
export interface OvsPort {
  readonly name: string
  readonly ofPort: number
}

/** GET /v1/ports: br-int's ports as OVSDB and the switch have them; what either does not know is absent. */
export interface NodePort extends OvsPort {
  readonly bridge: string
  /** '' for a device of the machine, internal, geneve, vxlan, gre … */
  readonly type: string
  /** NAMESPACE/NAME. */
  readonly pod?: string
  readonly mac?: string
  readonly options?: Readonly<Record<string, string>>
  /** Open vSwitch's own sentence when it could not add the port. */
  readonly error?: string
  readonly rxPackets?: number
  readonly txPackets?: number
  readonly rxDropped?: number
  readonly txDropped?: number
  readonly rxErrors?: number
  readonly txErrors?: number
}

/** GET /v1/neighbors: the kernel's table, as `ip neigh`. */
export interface NodeNeighbors {
  readonly neighbors: readonly KernelNeighbor[]
}

export interface KernelNeighbor {
  readonly ip: string
  readonly dev: string
  readonly mac?: string
  /** reachable, stale, failed … */
  readonly state: string
}

/** GET /v1/nftables: what the tables of this agent hold, and which others there are. */
export interface NodeNftables {
  /** As nft(8) would be told to make it. */
  readonly rules: readonly string[]
  readonly podCidrs: readonly string[]
  /** Devices whose frames only Open vSwitch may take. */
  readonly guards: readonly string[]
  /** Chains of our table for them that are not as they must be. */
  readonly strayGuards: readonly string[]
  /** "inet filter": tables that other programs keep. */
  readonly others: readonly string[]
}

/** GET /v1/peers: the Nodes that this one forwards to, as it sees them now. */
export interface NodePeers {
  readonly peers: readonly Peer[]
}

export interface Peer {
  readonly name: string
  readonly podCidr: string
  readonly transportIp: string
  /** Judged by this Node's own mask. */
  readonly sameSubnet: boolean
  /** How packets to it are meant to go. */
  readonly way: 'tunnelled' | 'routed'
}

/** GET /v1/flows?table=: all that it takes to read the flows of br-int. */
export interface NodeFlows {
  readonly flows: readonly OwnedFlow[]
  readonly ports: readonly (OvsPort & {readonly pod?: string})[]
  readonly pods: readonly {readonly pod: string; readonly ips: readonly string[]; readonly mac: string}[]
  readonly peers: readonly Peer[]
  readonly gateway: {readonly ip: string; readonly mac: string; readonly podCidr: string}
}

export interface OwnedFlow extends OvsFlow {
  /** In words: "Pod default/web", "Node n2 (10.244.2.0/24)"; absent for a flow of nobody that we know. */
  readonly owner?: string
}

/**
 * GET /v1/drift: what this Node holds, compared now with what it must hold. Read-only: differences are repaired by
 * themselves, by event within a second and by a comparison every minute. Empty when all is as it must be.
 */
export interface Drift {
  /** RFC 3339. */
  readonly comparedAt: string
  /** How many there are; `deviations` holds the first 500. */
  readonly total: number
  readonly deviations: readonly Deviation[]
}

export interface Deviation {
  readonly kind: DeviationKind
  /** missing: wanted, not there. extra: there, wanted by nobody. different: there, but not as wanted. */
  readonly problem: 'missing' | 'extra' | 'different'
  /** As ovs-ofctl, ip-route, nft or sysctl would say it. */
  readonly what: string
  /** Only for "different": what is there instead. */
  readonly found?: string
  /** For whom it is or was there, in words: "Pod default/web", "Node n2 (10.244.2.0/24)", "nobody". */
  readonly owner: string
}

/**
 * flow, group, meter: br-int's. route: with our protocol, in whichever table. guard: a device whose frames only Open vSwitch may take.
 * mtu: what a Pod's devices take and its routes let it send. podCIDR: an element of the set in table inet antctl; rules: the rest of that table. port: bridges and ports in OVSDB.
 */
export const deviationKinds = [
  'flow',
  'group',
  'meter',
  'route',
  'guard',
  'podCIDR',
  'rules',
  'sysctl',
  'link',
  'mtu',
  'port',
] as const
export type DeviationKind = (typeof deviationKinds)[number]

/**
 * GET /v1/events?since=&limit=: what the agent did and saw, oldest first. `since` is a number (later ones only) or an
 * RFC 3339 time; `limit` keeps the newest. The agent remembers the last 1 000 of this process.
 */
export interface AgentEvents {
  readonly events: readonly AgentEvent[]
}

export interface AgentEvent {
  /** Counts from 1 in each process. */
  readonly number: number
  /** RFC 3339, with milliseconds. */
  readonly time: string
  readonly kind: AgentEventKind
  readonly sentence: string
  readonly details?: Readonly<Record<string, string | number>>
}

/**
 * change: the datapath follows new inputs. repair: somebody else had changed what is ours, and it is as before.
 * contest: somebody keeps changing it, so repairs are spaced out. configuration, connection: came, went or was refused.
 * trouble: something failed and is tried again.
 */
export type AgentEventKind = 'change' | 'repair' | 'contest' | 'configuration' | 'connection' | 'trouble'
