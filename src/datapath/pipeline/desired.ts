import {familyOf} from '../../model/address.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import type {Flow} from '../openflow/flow.ts'
import {baseFlows} from './base.ts'
import {conntrackFlows} from './conntrack.ts'
import {gatewayFlows} from './gateway.ts'
import {peerFlows} from './peer.ts'
import {podFlows} from './pod.ts'
import {tunnelFlows} from './tunnel.ts'

/** All that br-int must hold for this network, and nothing else. */
export function desiredFlows({wiring, mode, peers, pods}: NodeNetwork): readonly Flow[] {
  const {mac} = wiring.gateway
  const ipv4Peers = peers.filter(({podCidr}) => familyOf(podCidr) === 4)
  return [
    ...baseFlows(),
    ...conntrackFlows(mac),
    ...gatewayFlows(wiring),
    ...tunnelFlows(ipv4Peers),
    ...ipv4Peers.flatMap((peer) => peerFlows(peer, mac, mode)),
    ...pods.flatMap((pod) => podFlows(pod, mac)),
  ]
}
