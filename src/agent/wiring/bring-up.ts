import {type Cidr, familyOf, gatewayOf, type Ip, macFor, prefixOf} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import {AntctlError} from '../../model/errors.ts'
import {names, ofports} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {ClusterNode} from '../../model/node.ts'
import {observeLink, putAddress} from '../../datapath/machine/links.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {ensureBridge, ensurePort} from '../../datapath/ovsdb/switch.ts'
import {chooseDatapath} from './datapath-type.ts'
import {findTransportInterface, moveToBridge} from './transport-interface.ts'

/** Geneve over IPv4: outer Ethernet, IP, UDP and Geneve headers, in bytes. Kept free in every mode, so that none shrinks. */
const tunnelOverhead = 50

export interface BringUp {
  readonly ovsdb: Ovsdb
  readonly config: AgentConfig
  readonly self: ClusterNode
  readonly internalIp: Ip | undefined
}

/** Makes br-int with its gateway and tunnel (and br-phy where needed), or finds them as they were left. */
export async function bringUp({ovsdb, config, self, internalIp}: BringUp): Promise<NodeWiring> {
  const podCidr = podCidrOf(self)
  const datapath = await chooseDatapath(config)
  const nic = await findTransportInterface(config, internalIp)
  const transportDevice = datapath === 'netdev' ? await moveToBridge(nic, ovsdb) : nic.name
  const {addresses, mtu} = await observeLink(transportDevice)
  const transport = addresses.filter(({ip}) => familyOf(ip) === 4)
  if (transport.length === 0)
    throw new AntctlError('CONFIG_INVALID', `antrea-agent.conf: ${nic.name} has no IPv4 address`)
  const podMtu = config.defaultMTU === 0 ? mtu - tunnelOverhead : config.defaultMTU
  const gateway = {ip: gatewayOf(podCidr), mac: macFor(gatewayOf(podCidr))}

  const bridge = names.integrationBridge
  await ensureBridge(ovsdb, {
    name: bridge,
    datapathType: datapath,
    failMode: 'secure',
    protocols: ['OpenFlow10', 'OpenFlow13', 'OpenFlow15'],
  })
  await ensurePort(ovsdb, bridge, {
    name: names.tunnelPort,
    type: 'geneve',
    ofportRequest: ofports.tunnel,
    options: {key: 'flow', remote_ip: 'flow'},
    externalIds: {'antrea-type': 'tunnel'},
  })
  await ensurePort(ovsdb, bridge, {
    name: names.gatewayPort,
    type: 'internal',
    ofportRequest: ofports.gateway,
    mac: gateway.mac,
    mtuRequest: podMtu,
    externalIds: {'antrea-type': 'gateway'},
  })
  await putAddress(names.gatewayPort, {ip: gateway.ip, prefix: prefixOf(podCidr)})
  return {
    node: self.name,
    podCidr,
    gateway,
    datapath,
    transportInterface: nic.name,
    transportDevice,
    transport,
    transportMtu: mtu,
    podMtu,
  }
}

function podCidrOf({name, podCidrs}: ClusterNode): Cidr {
  const podCidr = podCidrs.find((cidr) => familyOf(cidr) === 4)
  if (podCidr !== undefined) return podCidr
  throw new AntctlError('MACHINE', `Node ${name} has no IPv4 podCIDR yet`, {
    remedy: ['start kube-controller-manager with --allocate-node-cidrs'],
  })
}
