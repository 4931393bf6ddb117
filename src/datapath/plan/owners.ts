import {type Cidr, familyOf, type Ip} from '../../model/address.ts'
import type {NodeNetwork, NodeWiring, ProbeEnd} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import type {LocalPod} from '../../model/pod.ts'
import {needsTunnel} from '../../model/traffic-mode.ts'
import {rulesOf} from '../host/peer-tables.ts'
import {peerRoutes} from '../host/routes.ts'
import {baseFlows} from '../pipeline/base.ts'
import {conntrackFlows} from '../pipeline/conntrack.ts'
import {gatewayFlows} from '../pipeline/gateway.ts'
import {peerFlows} from '../pipeline/peer.ts'
import {podFlows} from '../pipeline/pod.ts'
import {probeFlows} from '../pipeline/probe.ts'
import {strangerFlowsOf} from '../pipeline/strangers.ts'
import {receivingFlows, tunnelFlows} from '../pipeline/tunnel.ts'
import type {Slice} from './ledger.ts'
import type {OwnedSlice} from './slices.ts'

/** What every Node holds, whoever is there. */
export function nodeSlices(wiring: NodeWiring): readonly OwnedSlice[] {
  const {podCidr, transportInterface} = wiring
  return [
    {
      owner: 'base',
      slice: {
        flows: [...baseFlows(wiring), ...conntrackFlows(wiring)],
        guards: onUserspace(wiring, transportInterface),
      },
    },
    {owner: 'gateway', slice: {flows: gatewayFlows(wiring), podCidrs: ofIpv4(podCidr)}},
    {owner: 'tunnel', slice: {flows: tunnelFlows()}},
  ]
}

export function modeSlice({mode}: Pick<NodeNetwork, 'mode'>): OwnedSlice {
  return {owner: 'mode', slice: {rules: rulesOf(mode)}}
}

export function ownerOfPeer({podCidr}: PeerNode): string {
  return `peer/${podCidr}`
}

export function ownerOfPod({ips, interfaceName}: LocalPod): string {
  return `pod/${ips.find((ip) => familyOf(ip) === 4) ?? interfaceName}`
}

/** IPv4 only, until IPv6 has its own issue. A Node that claims our own podCIDR gets nothing. */
export function peerSlice(peer: PeerNode, network: NodeNetwork): Slice {
  const {wiring, mode, formerMode = mode} = network
  if (familyOf(peer.podCidr) !== 4 || peer.podCidr === wiring.podCidr) return {}
  return {
    flows: [
      ...receivingFlows(peer, wiring),
      ...peerFlows(peer, wiring.gateway.mac, mode),
      ...(needsTunnel(mode, peer) && needsTunnel(formerMode, peer) ? [] : strangerFlowsOf(peer, wiring)),
    ],
    routes: peerRoutes(peer, network),
    podCidrs: [peer.podCidr],
    tunnelEndpoints: onUserspace(wiring, peer.transportIp),
  }
}

/** A kernel before 6.16 takes no guard of a device that is not there yet. */
export function podSlice(pod: LocalPod, wiring: NodeWiring): Slice {
  return {
    flows: podFlows(pod, wiring.gateway.mac),
    guards: pod.hasDevice === false ? [] : onUserspace(wiring, pod.interfaceName),
  }
}

export function probeSlice(probe: ProbeEnd, {wiring, peers}: NodeNetwork): Slice {
  return {
    flows: probeFlows(probe, peers, wiring.gateway.mac),
    guards: onUserspace(wiring, probe.interfaceName),
  }
}

/** The kernel's datapath takes frames before the kernel sees them, and finds next hops like any other sender. */
function onUserspace<T extends Ip | string>({datapath}: NodeWiring, value: T): readonly T[] {
  return datapath === 'netdev' ? [value] : []
}

function ofIpv4(cidr: Cidr): readonly Cidr[] {
  return familyOf(cidr) === 4 ? [cidr] : []
}
