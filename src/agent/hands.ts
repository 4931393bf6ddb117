import type {OpenFlowConnection} from '../datapath/openflow/connection.ts'
import {openMachine} from '../datapath/machine/machine.ts'
import {observeLinks} from '../datapath/machine/links.ts'
import {observeNft} from '../datapath/machine/nft.ts'
import {observeRules} from '../datapath/machine/route-rules.ts'
import {observeAllRoutes} from '../datapath/machine/routes.ts'
import {observeSysctls} from '../datapath/machine/sysctls.ts'
import {observeTunnelWays} from '../datapath/machine/tunnel-ways.ts'
import {hostSettings} from '../datapath/host/state.ts'
import {observePodEnds} from '../datapath/machine/pod-sizes.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import type {Control} from '../datapath/ovsdb/control.ts'
import type {Observed, Part} from '../datapath/plan/compare.ts'
import type {Machine} from '../datapath/plan/machine.ts'

export interface Connections {
  readonly openflow: OpenFlowConnection
  readonly control: Control
}

/** The hands on a machine, and the eyes. */
export interface Hands {
  readonly machine: Machine
  observe(wanted: ReadonlySet<Part>, network: NodeNetwork): Promise<Observed>
}

/** Those of this Node. */
export function handsOf(connections: Connections): Hands {
  return {machine: openMachine(connections), observe: (wanted, network) => observe(wanted, connections, network)}
}

async function observe(
  wanted: ReadonlySet<Part>,
  {openflow, control}: Connections,
  network: NodeNetwork,
): Promise<Observed> {
  const {sysctls} = hostSettings(network)
  const {datapath, transportDevice} = network.wiring
  const [flows, groups, meters, routes, rules, ways, nft, links, values, pods] = await Promise.all([
    wanted.has('flows') ? openflow.dumpFlows() : undefined,
    wanted.has('flows') ? openflow.dumpGroups() : undefined,
    wanted.has('flows') ? openflow.dumpMeters() : undefined,
    wanted.has('routes') ? observeAllRoutes() : undefined,
    wanted.has('routes') ? observeRules() : undefined,
    wanted.has('routes') && datapath === 'netdev' ? observeTunnelWays(transportDevice, control) : undefined,
    wanted.has('nft') ? observeNft() : undefined,
    wanted.has('settings') || wanted.has('nft') ? observeLinks() : [],
    wanted.has('settings') ? observeSysctls(sysctls.map(({key}) => key)) : undefined,
    wanted.has('pods') ? observePodEnds(network.pods, network.wiring.gateway.ip) : undefined,
  ])
  return {
    ...(flows !== undefined && {flows}),
    ...(groups !== undefined && {groups}),
    ...(meters !== undefined && {meters}),
    ...(routes !== undefined && {routes}),
    ...(rules !== undefined && {rules}),
    ...(ways !== undefined && {ways}),
    ...(nft !== undefined && {nft: {...nft, devices: links.map(({name}) => name)}}),
    ...(values !== undefined && {settings: {sysctls: values, links}}),
    ...(pods !== undefined && {pods}),
  }
}
