import {type Cidr, type InterfaceAddress, type Ip, prefixOf} from '../../model/address.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import {names} from '../../model/names.ts'
import type {PodSizes} from './pod-sizes.ts'
import {hostSysctls} from './sysctls.ts'

/** One kernel setting by its path under /proc/sys, with slashes: net/ipv4/ip_forward. */
export interface Sysctl {
  readonly key: string
  readonly value: string
}

export interface LinkSetting {
  readonly name: string
  readonly mtu: number
  readonly up: boolean
  /** Wanted: among those that it has. */
  readonly addresses: readonly InterfaceAddress[]
}

/** What decides the rules of table inet antctl, apart from the podCIDRs in its set. */
export interface NatRules {
  readonly podCidr: Cidr
  readonly noSNAT: boolean
  /** Each port by chance: two connections to one server then rarely want the same one at the same moment. */
  readonly snatFullyRandomPorts: boolean
}

/** What the kernel must hold whoever is there. */
export interface HostSettings {
  readonly sysctls: readonly Sysctl[]
  readonly links: readonly LinkSetting[]
  readonly nat: NatRules
  readonly podSizes: PodSizes
}

/** Where packets for an address leave: the peer itself or a router, and by which device. */
export interface NextHop {
  readonly ip: Ip
  readonly dev: string
}

/** What of a network decides them: two networks with the same ones have the same settings. */
export type SettingsOf = Pick<NodeNetwork, 'wiring' | 'noSNAT' | 'snatFullyRandomPorts' | 'podMtu'>

export function hostSettings({wiring, noSNAT, snatFullyRandomPorts, podMtu}: SettingsOf): HostSettings {
  const gatewayAddress = {ip: wiring.gateway.ip, prefix: prefixOf(wiring.podCidr)}
  return {
    sysctls: hostSysctls(wiring),
    links: [{name: names.gatewayPort, mtu: wiring.transportMtu, up: true, addresses: [gatewayAddress]}],
    podSizes: {takes: wiring.transportMtu, sends: podMtu},
    nat: {podCidr: wiring.podCidr, noSNAT, snatFullyRandomPorts},
  }
}
