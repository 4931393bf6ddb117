import {contains, type Ip} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import {names} from '../../model/names.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {type Link, observeLinks} from '../../datapath/machine/links.ts'
import {moveAddresses, recallMove, rememberMove} from '../../datapath/machine/transport.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {removePort} from '../../datapath/ovsdb/switch.ts'
import {putBridge} from './put-bridge.ts'
import {physicalBridge} from './wanted.ts'

/** The NIC towards the peers: the configured one, else the first with an address in the CIDRs, else the Node's address's. */
export async function findTransportInterface(
  {transportInterface, transportInterfaceCIDRs}: AgentConfig,
  internalIp: Ip | undefined,
): Promise<Link> {
  const links = await observeLinks()
  const owner = ownerOfTransport(links, {transportInterfaceCIDRs, internalIp})
  const moved = await recallMove()
  const name = transportInterface ?? (owner === undefined || owner === names.physicalBridge ? moved?.nic : owner)
  const nic = links.find((link) => link.name === name)
  if (nic !== undefined) return nic
  const missing = name ?? withAddress(transportInterfaceCIDRs, internalIp)
  throw refuse('transport-interface-missing', {name: missing}, {source: names.configKey})
}

/** Which device has the transport address, where no name is configured; pure. */
export function ownerOfTransport(
  links: readonly Pick<Link, 'name' | 'addresses'>[],
  {transportInterfaceCIDRs: cidrs, internalIp}: Wish,
): string | undefined {
  const isWanted = (ip: Ip) => (cidrs.length === 0 ? ip === internalIp : cidrs.some((cidr) => contains(cidr, ip)))
  // The gateway's address is a Pods' one, whatever the CIDRs say.
  const candidates = links.filter(({name}) => name !== names.gatewayPort)
  return candidates.find(({addresses}) => addresses.some(({ip}) => isWanted(ip)))?.name
}

type Wish = Pick<AgentConfig, 'transportInterfaceCIDRs'> & {readonly internalIp: Ip | undefined}

function withAddress(cidrs: AgentConfig['transportInterfaceCIDRs'], internalIp: Ip | undefined): string {
  if (cidrs.length > 0) return `with an address in ${cidrs.join(', ')}`
  return internalIp === undefined ? '' : `with ${internalIp}`
}

/**
 * Userspace datapath: br-phy holds the NIC, wears its MAC and owns its addresses and routes, because OVS builds tunnels
 * only from addresses of its own bridges. Done already, or half done before a crash: the same call finishes it.
 */
export async function moveToBridge(nic: Link, ovsdb: Ovsdb): Promise<string> {
  const bridge = names.physicalBridge
  const moved = await recallMove()
  if (moved !== undefined && moved.nic !== nic.name) {
    await moveAddresses({from: bridge, to: moved.nic, remembered: moved})
    await removePort(ovsdb, bridge, moved.nic)
  }
  await rememberMove(nic)
  await putBridge(ovsdb, physicalBridge(nic))
  const remembered = await recallMove()
  await moveAddresses({from: nic.name, to: bridge, ...(remembered !== undefined && {remembered})})
  return bridge
}
