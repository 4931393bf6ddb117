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

/** One row of `ip -j route show table main`, and of a per-address lookup. */
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
}

/** GET /v1/tunnels: OVS ports by ofport, so that a trace's numbers can be named. */
export interface OvsPort {
  readonly name: string
  readonly ofPort: number
}
