import type {Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'

/** One kernel setting by its path under /proc/sys, with slashes: net/ipv4/ip_forward. */
export interface Sysctl {
  readonly key: string
  readonly value: string
}

export interface LinkSetting {
  readonly name: string
  readonly mtu: number
}

/** What the kernel of one Node must hold for one NodeNetwork. */
export interface HostState {
  /** Only routes of ours: they carry routeProtocol. */
  readonly routes: readonly KernelRoute[]
  /** Whole ruleset for `nft -f`: replaces table inet antctl. */
  readonly nft: string
  /** Devices held by a netdev bridge, whose frames the kernel itself must not process; empty on the kernel's datapath. */
  readonly ingressDevices: readonly string[]
  readonly sysctls: readonly Sysctl[]
  readonly links: readonly LinkSetting[]
  /** Transport addresses whose next hop OVS itself must know (userspace datapath only), in every mode. */
  readonly tunnelEndpoints: readonly Ip[]
}

/** Where packets for an address leave: the peer itself or a router, and by which device. */
export interface NextHop {
  readonly ip: Ip
  readonly dev: string
}
