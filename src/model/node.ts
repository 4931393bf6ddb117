import {type Cidr, contains, gatewayOf, type InterfaceAddress, type Ip, networkOf} from './address.ts'

/** A Node as Kubernetes describes it, read by agents and the CLI alike. */
export interface ClusterNode {
  readonly name: string
  /** spec.podCIDRs; empty until the controller manager has given them. */
  readonly podCidrs: readonly Cidr[]
  /** Where peers send tunnelled and routed packets: node.antrea.io/transport-addresses, else InternalIP. */
  readonly transportIps: readonly Ip[]
  readonly ready: boolean
}

/** Another Node, seen from one Node: all that the datapath needs to know of it. One per podCIDR. */
export interface PeerNode {
  readonly name: string
  readonly podCidr: Cidr
  /** Address of the peer's antrea-gw0. */
  readonly gatewayIp: Ip
  readonly transportIp: Ip
  /** Judged with this Node's own mask, as upstream does. */
  readonly sameSubnet: boolean
}

/** The peers of the Node that owns `transport`; Nodes without a podCIDR or an address of that family are left out. */
export function peersOf(
  self: string,
  nodes: readonly ClusterNode[],
  transport: readonly InterfaceAddress[],
): readonly PeerNode[] {
  return nodes
    .filter((node) => node.name !== self)
    .flatMap((node) =>
      node.podCidrs.flatMap((podCidr) => {
        const family = podCidr.includes(':')
        const transportIp = node.transportIps.find((ip) => ip.includes(':') === family)
        const own = transport.find(({ip}) => ip.includes(':') === family)
        if (transportIp === undefined || own === undefined) return []
        const sameSubnet = contains(networkOf(own.ip, own.prefix), transportIp)
        return [{name: node.name, podCidr, gatewayIp: gatewayOf(podCidr), transportIp, sameSubnet}]
      }),
    )
    .sort((a, b) => (a.podCidr < b.podCidr ? -1 : 1))
}
