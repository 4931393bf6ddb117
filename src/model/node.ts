import {type Cidr, contains, familyOf, gatewayOf, type InterfaceAddress, type Ip, networkOf} from './address.ts'

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

type Transport = readonly InterfaceAddress[]

/** One Node of thousands changes at a time: what was found for the others is kept as long as their objects live. */
const peersByNode = new WeakMap<ClusterNode, {readonly transport: Transport; readonly peers: readonly PeerNode[]}>()
const peersByNodes = new WeakMap<
  readonly ClusterNode[],
  {readonly self: string; readonly transport: Transport; readonly peers: readonly PeerNode[]}
>()

/**
 * The peers of the Node that owns `transport`, by podCIDR; Nodes without a podCIDR or an address of that family are left
 * out. Equal arguments (by identity) give the same array, and an unchanged Node the same PeerNode.
 */
export function peersOf(self: string, nodes: readonly ClusterNode[], transport: Transport): readonly PeerNode[] {
  const known = peersByNodes.get(nodes)
  if (known !== undefined && known.self === self && known.transport === transport) return known.peers
  const subnets = transport.map(({ip, prefix}) => networkOf(ip, prefix))
  const peers: PeerNode[] = []
  for (const node of nodes) if (node.name !== self) peers.push(...peersOfNode(node, transport, subnets))
  peers.sort((a, b) => (a.podCidr === b.podCidr ? (a.name < b.name ? -1 : 1) : a.podCidr < b.podCidr ? -1 : 1))
  // A range belongs to one Node: of two that claim it the first by name has it.
  const unique = peers.filter(({podCidr}, at) => podCidr !== peers[at - 1]?.podCidr)
  peersByNodes.set(nodes, {self, transport, peers: unique})
  return unique
}

export function samePeer(a: PeerNode, b: PeerNode): boolean {
  if (a === b) return true
  return (
    a.podCidr === b.podCidr && a.transportIp === b.transportIp && a.name === b.name && a.sameSubnet === b.sameSubnet
  )
}

function peersOfNode(node: ClusterNode, transport: Transport, subnets: readonly Cidr[]): readonly PeerNode[] {
  const known = peersByNode.get(node)
  if (known?.transport === transport) return known.peers
  const peers = node.podCidrs.flatMap((podCidr) => {
    const family = familyOf(podCidr)
    const transportIp = node.transportIps.find((ip) => familyOf(ip) === family)
    const subnet = subnets.find((cidr) => familyOf(cidr) === family)
    if (transportIp === undefined || subnet === undefined) return []
    const sameSubnet = contains(subnet, transportIp)
    return [{name: node.name, podCidr, gatewayIp: gatewayOf(podCidr), transportIp, sameSubnet}]
  })
  peersByNode.set(node, {transport, peers})
  return peers
}
