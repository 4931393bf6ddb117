import type {OpenFlowConnection} from '../openflow/connection.ts'
import type {Control} from '../ovsdb/control.ts'
import type {Machine} from '../plan/machine.ts'
import {putLinks} from './links.ts'
import {putTunnelNeighbours, warmNeighbours} from './neighbours.ts'
import {nft} from './nft.ts'
import {freePods, limitPods} from './pod-sizes.ts'
import {putRules, removeRules} from './route-rules.ts'
import {removeRoutes, putRoutes} from './routes.ts'
import {putSysctls} from './sysctls.ts'
import {putTunnelWays} from './tunnel-ways.ts'

/** The hands of the plan on this Node: br-int's OpenFlow connection, ovs-vswitchd's control socket and the kernel. */
export function openMachine({
  openflow,
  control,
}: {
  readonly openflow: OpenFlowConnection
  readonly control: Control
}): Machine {
  return {
    openflow,
    routes: {put: putRoutes, remove: removeRoutes},
    rules: {put: putRules, remove: removeRules},
    nft,
    sysctls: {put: putSysctls},
    links: {put: putLinks},
    pods: {limit: limitPods, free: freePods},
    neighbours: {
      warm: async (hops) => {
        await warmNeighbours(hops)
      },
      put: (hops) => putTunnelNeighbours(hops, control),
    },
    tunnelWays: {put: (ways, dev) => putTunnelWays(ways, dev, control)},
    control: {
      revalidate: async () => {
        await control.run('revalidator/wait')
      },
    },
  }
}
