import {contains, networkOf, prefixOf} from '../src/model/address.ts'
import type {LabNode, Topology, Wire} from './topology.ts'
import {addressCheck} from './wire-rules.ts'

/** What a network namespace of the lab shall hold: lines for `ip -batch` and for nft, and kernel settings. */
export interface NamespaceSetup {
  readonly ip: readonly string[]
  readonly nft?: readonly string[]
  readonly sysctls: Readonly<Record<string, string>>
  /** Interfaces that must put whole checksums on the wire, as cards do: who reads raw frames sees what really travels. */
  readonly wholeChecksums: readonly string[]
}

/**
 * The router: a bridge a segment, and the way to the outside host. It knows Pod networks only when the underlay does.
 * Bridges must not pass frames through iptables, or kube-proxy's rules of one Node would see another's packets.
 */
export function routerSetup(topology: Topology, outsidePid: number): NamespaceSetup {
  const {segments, outside, nodes, underlay} = topology
  return {
    ip: [
      'link set lo up',
      ...segments.flatMap(({bridge, router, network, purpose}) => [
        `link add ${bridge}${mtuOf(purpose, topology)} type bridge forward_delay 0 stp_state 0`,
        `address add ${router}/${prefixOf(network)} dev ${bridge}`,
        `link set ${bridge} up`,
      ]),
      `link add outside type veth peer name eth0 netns ${outsidePid}`,
      `address add ${outside.router}/${outside.prefix} dev outside`,
      'link set outside up',
      ...(underlay.knowsPods ? nodes.map(({podCidr, transport}) => `route add ${podCidr} via ${transport.ip}`) : []),
    ],
    ...(underlay.checksAddresses && {nft: addressCheck(topology)}),
    sysctls: {
      'net.ipv4.ip_forward': '1',
      'net.ipv4.conf.all.rp_filter': '0',
      'net.ipv4.conf.default.rp_filter': '0',
      'net.bridge.bridge-nf-call-iptables': '0',
      'net.bridge.bridge-nf-call-ip6tables': '0',
    },
    wholeChecksums: segments.filter(({purpose}) => purpose === 'transport').map(({bridge}) => bridge),
  }
}

export function outsideSetup({outside}: Topology): NamespaceSetup {
  return {
    ip: [
      'link set lo up',
      `address add ${outside.ip}/${outside.prefix} dev eth0`,
      'link set eth0 up',
      `route add default via ${outside.router}`,
    ],
    sysctls: {},
    wholeChecksums: ['eth0'],
  }
}

/** The router's part of plugging a Node in: two cables into its subnet's bridges. */
export function cablesOf(node: LabNode, nodePid: number, topology: Topology): NamespaceSetup {
  return {
    ip: wiresOf(node).flatMap(({name, port, bridge, purpose}) => [
      `link add ${port}${mtuOf(purpose, topology)} type veth peer name ${name}${mtuOf(purpose, topology)} netns ${nodePid}`,
      `link set ${port} master ${bridge} up`,
    ]),
    sysctls: {},
    wholeChecksums: [node.transport.port],
  }
}

/** A Node's own part: everything leaves by eth0's router, but for transport addresses that are no neighbours. */
export function nodeSetup(node: LabNode, topology: Topology): NamespaceSetup {
  return {
    ip: [
      'link set lo up',
      ...wiresOf(node).flatMap(({name, ip, prefix}) => [
        `address add ${ip}/${prefix} dev ${name}`,
        `link set ${name} up`,
      ]),
      `route add default via ${node.management.router}`,
      ...transportRoutes(node.transport, topology),
    ],
    sysctls: {'net.ipv4.ip_forward': '1'},
    wholeChecksums: [node.transport.name],
  }
}

/** A mask narrower than the segment's makes neighbours, and even the router, strangers. */
function transportRoutes({name, ip, prefix, router, bridge}: Wire, {segments}: Topology): readonly string[] {
  const own = networkOf(ip, prefix)
  const far = segments.filter(
    ({purpose, bridge: other, network}) => purpose === 'transport' && (other !== bridge || prefix > prefixOf(network)),
  )
  return [
    ...(contains(own, router) ? [] : [`route add ${router} dev ${name} scope link`]),
    ...far.map(({network}) => `route add ${network} via ${router}`),
  ]
}

function mtuOf(purpose: Wire['purpose'], {underlay}: Topology): string {
  return purpose === 'management' || underlay.mtu === 1500 ? '' : ` mtu ${underlay.mtu}`
}

function wiresOf({management, transport}: LabNode): readonly Wire[] {
  return [management, transport]
}
