import {parseCidr, parseIp, parseMac} from '../../src/model/address.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {type ClusterNode, peersOf} from '../../src/model/node.ts'
import type {LocalPod} from '../../src/model/pod.ts'

/** Node n1 of the lab's four: n2 is in its subnet, n3 and n4 are behind the router; two local Pods. */
export function exampleNetwork(change: Partial<NodeNetwork> = {}): NodeNetwork {
  const transport = [{ip: parseIp('172.30.1.11'), prefix: 24}]
  return {
    mode: 'encap',
    noSNAT: false,
    snatFullyRandomPorts: false,
    podMtu: 1450,
    tunnelMtu: 1450,
    wiring: {
      node: 'n1',
      podCidr: parseCidr('10.244.1.0/24'),
      gateway: {ip: parseIp('10.244.1.1'), mac: parseMac('0a:58:0a:f4:01:01')},
      datapath: 'netdev',
      transportInterface: 'eth1',
      transportDevice: 'br-phy',
      transport,
      transportMtu: 1500,
      tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
    },
    peers: peersOf('n1', exampleNodes, transport),
    pods: [examplePod('client', 2, 3), examplePod('server', 3, 4)],
    ...change,
  }
}

export function examplePod(name: string, address: number, ofport: number): LocalPod {
  return {
    namespace: 'default',
    name,
    containerId: name.padEnd(64, '0'),
    interfaceName: `${name}-1a2b3c`,
    ofport,
    ips: [parseIp(`10.244.1.${address}`)],
    mac: parseMac(`0a:58:0a:f4:01:0${address}`),
  }
}

export const exampleNodes: readonly ClusterNode[] = [
  exampleNode('n1', '10.244.1.0/24', '172.30.1.11'),
  exampleNode('n2', '10.244.2.0/24', '172.30.1.12'),
  exampleNode('n3', '10.244.3.0/24', '172.30.2.13'),
  exampleNode('n4', '10.244.4.0/24', '172.30.2.14'),
]

function exampleNode(name: string, podCidr: string, ip: string): ClusterNode {
  return {name, podCidrs: [parseCidr(podCidr)], transportIps: [parseIp(ip)], ready: true}
}
