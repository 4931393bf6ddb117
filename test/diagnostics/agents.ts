import type {AgentInfo} from '../../src/model/agent-info.ts'

/** Four Nodes as the lab has them: n1, n2 in one subnet, n3, n4 in another. */
export const fourAgents: readonly AgentInfo[] = [1, 2, 3, 4].map((number) => agent(number, number < 3 ? 1 : 2))

export function agent(number: number, subnet: number, changes: Partial<AgentInfo> = {}): AgentInfo {
  return {
    metadata: {name: `n${number}`},
    version: '0.1.0',
    podRef: {kind: 'Pod', namespace: 'kube-system', name: `antrea-agent-${number}`},
    nodeRef: {kind: 'Node', name: `n${number}`},
    nodeSubnets: [`10.244.${number}.0/24`],
    ovsInfo: {version: '3.1.0', bridgeName: 'br-int', flowTable: {}},
    networkPolicyControllerInfo: {},
    localPodNum: number,
    agentConditions: [
      {type: 'AgentHealthy', status: 'True', lastHeartbeatTime: '2026-11-23T06:00:00Z'},
      {type: 'ConfigValid', status: 'True', lastHeartbeatTime: '2026-11-23T06:00:00Z'},
    ],
    apiPort: 10_350,
    apiCABundle: '',
    networkInfo: {
      transportInterface: 'eth1',
      transportInterfaceMTU: 1500,
      podMTU: 1450,
      transportInterfaceIPs: [`172.30.${subnet}.${10 + number}/24`],
      trafficEncapMode: 'encap',
      tunnelType: 'geneve',
    },
    ...changes,
  }
}
