import type {AgentInfo} from '../../src/model/agent-info.ts'
import {translateNodeFacts} from '../../src/cluster/node-facts.ts'
import {fabricWays} from '../../src/diagnostics/paths/fabric.ts'
import {type FabricSummary, summariseWays} from '../../src/diagnostics/paths/fabric-summary.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import {agent, fourAgents} from '../diagnostics/agents.ts'

/** v1 Nodes n1, n2 … as a cloud's kubelet and controllers write them. */
export function cloudNodes(providerIds: readonly (string | undefined)[], reason?: string) {
  return new Map(
    providerIds.flatMap((providerID, at) => {
      const name = `n${at + 1}`
      const network = reason === undefined ? [] : [{type: 'NetworkUnavailable', status: 'False', reason}]
      const facts = translateNodeFacts({
        metadata: {name, labels: {'kubernetes.io/hostname': name}},
        spec: {podCIDR: `10.244.${at + 1}.0/24`, ...(providerID !== undefined && {providerID})},
        status: {conditions: [{type: 'Ready', status: 'True', reason: 'KubeletReady'}, ...network]},
      })
      return facts === undefined ? [] : [[name, facts] as const]
    }),
  )
}

/** As every machine of a cloud has it: a default route to the router of its subnet, and nothing else. */
export function byDefaultRoute(infos: readonly AgentInfo[] = fourAgents): readonly FabricSummary[] {
  const underlay = underlayOf(infos)
  return underlay.nodes.map(({name, transport: [own]}) => {
    const via = own?.ip.replace(/\d+$/u, '1') ?? ''
    return summariseWays(name, fabricWays({from: name, routes: [{to: 'default', via, dev: 'eth1'}], underlay}))
  })
}

export const awsIds = [
  'eu-west-1a/i-0a1b2c3d4e5f60001',
  'eu-west-1a/i-0a1b2c3d4e5f60002',
  'eu-west-1b/i-0a1b2c3d4e5f60003',
  'eu-west-1b/i-0a1b2c3d4e5f60004',
].map((rest) => `aws:///${rest}`)
export const gceIds = ['n1', 'n2', 'n3', 'n4'].map((name) => `gce://my-project/europe-west1-b/gke-${name}`)
const subscription =
  'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/my-group/providers/Microsoft.Compute'
export const azureIds = [
  `${subscription}/virtualMachines/vm-1`,
  `${subscription}/virtualMachines/vm-2`,
  `${subscription}/virtualMachineScaleSets/pool/virtualMachines/0`,
  `${subscription}/virtualMachineScaleSets/pool/virtualMachines/1`,
]
export const vsphereIds = [1, 2, 3, 4].map((number) => `vsphere://4212aaaa-bbbb-cccc-dddd-00000000000${number}`)

/** Subnets of 20 Nodes each. */
export function manyAgents(count: number): readonly AgentInfo[] {
  return Array.from({length: count}, (_, at) => {
    const info = agent(at + 1, 1)
    const [subnet, host] = [Math.floor(at / 20), (at % 20) + 10]
    return {
      ...info,
      nodeSubnets: [`10.${100 + (at >> 8)}.${at & 255}.0/24`],
      networkInfo: {
        ...info.networkInfo,
        transportInterfaceIPs: [`172.${16 + (subnet >> 8)}.${subnet & 255}.${host}/24`],
      },
    }
  })
}
