import {familyOf} from '../../model/address.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import {names} from '../../model/names.ts'
import {natRuleset} from './nft.ts'
import {peerRoutes} from './routes.ts'
import type {HostState} from './state.ts'
import {hostSysctls} from './sysctls.ts'

/** All that the kernel of the Node must hold for this network. */
export function desiredHost(network: NodeNetwork): HostState {
  const {wiring, peers, pods} = network
  const userspace = wiring.datapath === 'netdev'
  return {
    routes: peerRoutes(network),
    nft: natRuleset(network),
    ingressDevices: userspace ? [wiring.transportInterface, ...pods.map(({interfaceName}) => interfaceName)] : [],
    sysctls: hostSysctls(wiring),
    links: [{name: names.gatewayPort, mtu: wiring.podMtu}],
    tunnelEndpoints: userspace ? peers.map(({transportIp}) => transportIp).filter((ip) => familyOf(ip) === 4) : [],
  }
}
