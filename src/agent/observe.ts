import type {OpenFlowConnection} from '../datapath/openflow/connection.ts'
import {observeLinks} from '../datapath/machine/links.ts'
import {observeNft} from '../datapath/machine/nft-sets.ts'
import {observeRoutes} from '../datapath/machine/routes.ts'
import {observeSysctls} from '../datapath/machine/sysctls.ts'
import type {HostSettings} from '../datapath/host/state.ts'
import type {Observed} from '../datapath/plan/compare.ts'

/** The parts of switch and kernel that are looked at by themselves. */
export const parts = ['flows', 'routes', 'nft', 'settings'] as const
export type Part = (typeof parts)[number]

/** Looks at these parts. `whole` of nft: table inet antctl has our rules. */
export async function observe(
  wanted: ReadonlySet<Part>,
  openflow: OpenFlowConnection,
  {sysctls}: HostSettings,
): Promise<Observed> {
  const [flows, routes, nft, links, values] = await Promise.all([
    wanted.has('flows') ? openflow.dumpFlows() : undefined,
    wanted.has('routes') ? observeRoutes() : undefined,
    wanted.has('nft') ? observeNft() : undefined,
    wanted.has('settings') || wanted.has('nft') ? observeLinks() : [],
    wanted.has('settings') ? observeSysctls(sysctls.map(({key}) => key)) : undefined,
  ])
  return {
    ...(flows !== undefined && {flows}),
    ...(routes !== undefined && {routes}),
    ...(nft !== undefined && {nft: {...nft, devices: links.map(({name}) => name)}}),
    ...(values !== undefined && {settings: {sysctls: values, links}}),
  }
}
