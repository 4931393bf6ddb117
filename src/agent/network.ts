import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {familyOf} from '../model/address.ts'
import type {AgentConfig} from '../model/agent-config.ts'
import type {NodeNetwork, NodeWiring} from '../model/node-network.ts'
import {peersOf} from '../model/node.ts'
import type {LocalPod} from '../model/pod.ts'
import {podMtu} from '../model/tunnel.ts'
import type {AgentState} from './state.ts'

/** The input of the pure functions; throws while something of it is not known yet. */
export function networkOf({wiring, loaded, formerMode, nodes, pods, coming, probe}: AgentState): NodeNetwork {
  if (wiring === undefined || loaded === undefined || nodes === undefined) {
    throw new AntctlError('MACHINE', `${names.integrationBridge} is not wired yet`)
  }
  const {trafficEncapMode: mode, noSNAT, snatFullyRandomPorts} = loaded.config
  return {
    wiring,
    mode,
    ...(formerMode !== undefined && {formerMode}),
    noSNAT,
    snatFullyRandomPorts,
    podMtu: podMtuOf(wiring, loaded.config),
    tunnelMtu: podMtuOf(wiring, {...loaded.config, trafficEncapMode: 'encap'}),
    peers: peersOf(wiring.node, nodes, wiring.transport),
    pods: [
      ...pods.filter(({ofport}) => ofport > 0),
      ...coming.filter((pod) => !pods.some((one) => isSameEnd(one, pod))),
    ],
    ...(probe !== undefined && {probe}),
  }
}

function isSameEnd(a: LocalPod, b: LocalPod): boolean {
  return a.interfaceName === b.interfaceName
}

/** What the Pods of a Node may send with this configuration. */
export function podMtuOf({transport, transportMtu: mtu, tunnels}: NodeWiring, config: AgentConfig): number {
  const {trafficEncapMode: mode, tunnelType, tunnelCsum, defaultMTU} = config
  const outer = transport.map(({ip}) => familyOf(ip))
  // While the tunnel's form changes, packets must fit into both.
  const forms = [{tunnelType, tunnelCsum}, ...tunnels.map(({type, csum}) => ({tunnelType: type, tunnelCsum: csum}))]
  return Math.min(...forms.map((form) => podMtu({...form, mode, outer}, {mtu, defaultMTU})))
}
