import {type Cidr, familyOf, gatewayOf, type Ip, macFor} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {TunnelEnd} from '../../model/tunnel.ts'
import type {ClusterNode} from '../../model/node.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {observeLink, observeLinks} from '../../datapath/machine/links.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {portsOf, removePort, removePorts} from '../../datapath/ovsdb/switch.ts'
import {chooseDatapath} from './datapath-type.ts'
import {putBridge} from './put-bridge.ts'
import {findTransportInterface, moveToBridge} from './transport-interface.ts'
import {strayTunnels, tunnelEnds} from './tunnel-ports.ts'
import {integrationBridge, physicalBridge, type WantedBridge} from './wanted.ts'

export interface BringUp {
  readonly ovsdb: Ovsdb
  readonly config: AgentConfig
  readonly self: ClusterNode
  readonly internalIp: Ip | undefined
  /** From the ports of br-int: which tunnels to have. */
  readonly tunnels: (present: readonly TunnelEnd[]) => NodeWiring['tunnels']
}

/** The Node as it is wired now, and what the database must go on saying for that. */
export interface Wired {
  readonly wiring: NodeWiring
  readonly bridges: readonly WantedBridge[]
  /** Names of tunnel ports that are gone now. */
  readonly removed: readonly string[]
}

/** Makes br-int with its gateway and tunnel (and br-phy where needed), or finds them as they were left. */
export async function bringUp({ovsdb, config, self, internalIp, tunnels: choose}: BringUp): Promise<Wired> {
  const podCidr = podCidrOf(self)
  const datapath = chooseDatapath(config)
  const nic = await findTransportInterface(config, internalIp)
  const transportDevice = datapath === 'netdev' ? await moveToBridge(nic, ovsdb) : nic.name
  const {addresses, mtu} = await observeLink(transportDevice)
  const transport = addresses.filter(({ip}) => familyOf(ip) === 4)
  if (transport.length === 0) throw refuse('transport-address-missing', {name: nic.name}, {source: names.configKey})
  const gateway = {ip: gatewayOf(podCidr), mac: macFor(gatewayOf(podCidr))}

  const present = portsOf(ovsdb, names.integrationBridge)
  const tunnels = choose(tunnelEnds(present))
  const removed = strayTunnels(present, tunnels)
  await removePorts(ovsdb, names.integrationBridge, removed)
  const bridge = integrationBridge({datapath, gateway, transportMtu: mtu, tunnels})
  await putBridge(ovsdb, bridge)
  await provideGatewayDevice(ovsdb, bridge)
  const wiring: NodeWiring = {
    node: self.name,
    podCidr,
    gateway,
    datapath,
    transportInterface: nic.name,
    transportDevice,
    transport,
    transportMtu: mtu,
    tunnels,
  }
  return {
    wiring,
    removed,
    bridges: [bridge, ...(datapath === 'netdev' ? [physicalBridge(nic)] : [])],
  }
}

/** Somebody may have deleted the device behind the port: Open vSwitch makes it anew only with the port. */
async function provideGatewayDevice(ovsdb: Ovsdb, bridge: WantedBridge): Promise<void> {
  if ((await observeLinks()).some(({name}) => name === names.gatewayPort)) return
  await removePort(ovsdb, bridge.bridge.name, names.gatewayPort)
  await putBridge(ovsdb, bridge)
}

function podCidrOf({name, podCidrs}: ClusterNode): Cidr {
  const podCidr = podCidrs.find((cidr) => familyOf(cidr) === 4)
  if (podCidr !== undefined) return podCidr
  throw new AntctlError('MACHINE', `Node ${name} has no IPv4 podCIDR yet`, {
    remedy: ['start kube-controller-manager with --allocate-node-cidrs'],
  })
}
