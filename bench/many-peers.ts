import {addressAt, gatewayOf, macFor, parseCidr, parseIp} from '../src/model/address.ts'
import type {NodeNetwork} from '../src/model/node-network.ts'
import {type ClusterNode, peersOf} from '../src/model/node.ts'
import type {LocalPod} from '../src/model/pod.ts'

const own = parseCidr('10.64.0.0/24')
const transport = [{ip: parseIp('172.16.0.250'), prefix: 20}]
const gateway = gatewayOf(own)

/** Node objects as a LIST brings them: podCIDRs and addresses all different, a part of them in the own subnet. */
export function manyNodes(count: number): readonly ClusterNode[] {
  return Array.from({length: count}, (_, index) => ({
    name: `node-${index}`,
    podCidrs: [parseCidr(`10.${65 + (index >> 8)}.${index & 255}.0/24`)],
    transportIps: [parseIp(`172.${16 + (index >> 12)}.${(index >> 4) & 255}.${(index & 15) + 1}`)],
    ready: true,
  }))
}

export function manyPods(count: number): readonly LocalPod[] {
  return Array.from({length: count}, (_, index) => {
    const ip = addressAt(own, index + 2)
    const name = `pod-${index}`
    const port = {interfaceName: `${name}-1a2b3c`, ofport: index + 1, mac: macFor(ip)}
    return {namespace: 'default', name, containerId: name.padEnd(64, '0'), ips: [ip], ...port}
  })
}

export function networkOfMany(nodes: readonly ClusterNode[], pods: readonly LocalPod[]): NodeNetwork {
  return {
    wiring,
    mode: 'hybrid',
    noSNAT: false,
    snatFullyRandomPorts: false,
    podMtu: 1450,
    tunnelMtu: 1450,
    peers: peersOf(wiring.node, nodes, transport),
    pods,
  }
}

const wiring: NodeNetwork['wiring'] = {
  node: 'self',
  podCidr: own,
  gateway: {ip: gateway, mac: macFor(gateway)},
  datapath: 'netdev',
  transportInterface: 'eth1',
  transportDevice: 'br-phy',
  transport,
  transportMtu: 1500,
  tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
}
