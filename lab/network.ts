import {prefixOf} from '../src/model/address.ts'
import type {LabNode, Topology, Wire} from './topology.ts'

/** What a network namespace of the lab shall hold: lines for `ip -batch`, and kernel settings. */
export interface NamespaceSetup {
  readonly ip: readonly string[]
  readonly sysctls: Readonly<Record<string, string>>
  /** Interfaces that must put whole checksums on the wire, as cards do: who reads raw frames sees what really travels. */
  readonly wholeChecksums: readonly string[]
}

/**
 * The router: a bridge a segment, and the way to the outside host. It knows nothing of Pod networks.
 * Bridges must not pass frames through iptables, or kube-proxy's rules of one Node would see another's packets.
 */
export function routerSetup({segments, outside}: Topology, outsidePid: number): NamespaceSetup {
  return {
    ip: [
      'link set lo up',
      ...segments.flatMap(({bridge, router, network}) => [
        `link add ${bridge} type bridge forward_delay 0 stp_state 0`,
        `address add ${router}/${prefixOf(network)} dev ${bridge}`,
        `link set ${bridge} up`,
      ]),
      `link add outside type veth peer name eth0 netns ${outsidePid}`,
      `address add ${outside.router}/${outside.prefix} dev outside`,
      'link set outside up',
    ],
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
export function cablesOf(node: LabNode, nodePid: number): NamespaceSetup {
  return {
    ip: wiresOf(node).flatMap(({name, port, bridge}) => [
      `link add ${port} type veth peer name ${name} netns ${nodePid}`,
      `link set ${port} master ${bridge} up`,
    ]),
    sysctls: {},
    wholeChecksums: [node.transport.port],
  }
}

/** A Node's own part: everything leaves by eth0's router, but for the transport networks of other subnets. */
export function nodeSetup(node: LabNode, {segments}: Topology): NamespaceSetup {
  const farTransport = segments.filter(
    ({purpose, bridge}) => purpose === 'transport' && bridge !== node.transport.bridge,
  )
  return {
    ip: [
      'link set lo up',
      ...wiresOf(node).flatMap(({name, ip, prefix}) => [
        `address add ${ip}/${prefix} dev ${name}`,
        `link set ${name} up`,
      ]),
      `route add default via ${node.management.router}`,
      ...farTransport.map(({network}) => `route add ${network} via ${node.transport.router}`),
    ],
    sysctls: {'net.ipv4.ip_forward': '1'},
    wholeChecksums: [node.transport.name],
  }
}

function wiresOf({management, transport}: LabNode): readonly Wire[] {
  return [management, transport]
}
