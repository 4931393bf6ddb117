import type {Ip} from '../../model/address.ts'
import type {AgentConfig} from '../../model/agent-config.ts'
import {names} from '../../model/names.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {type Link, observeLinks} from '../../datapath/machine/links.ts'
import {moveAddresses, recallMove, rememberMove} from '../../datapath/machine/transport.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {removePort} from '../../datapath/ovsdb/switch.ts'
import {putBridge} from './put-bridge.ts'
import {physicalBridge} from './wanted.ts'

/** The NIC towards the peers: the configured one, else the one with the Node's address. */
export async function findTransportInterface(
  {transportInterface}: AgentConfig,
  internalIp: Ip | undefined,
): Promise<Link> {
  const links = await observeLinks()
  const owner = links.find(({addresses}) => addresses.some(({ip}) => ip === internalIp))?.name
  const moved = await recallMove()
  const name = transportInterface ?? (owner === undefined || owner === names.physicalBridge ? moved?.nic : owner)
  const nic = links.find((link) => link.name === name)
  if (nic !== undefined) return nic
  const missing = name ?? (internalIp === undefined ? '' : `with ${internalIp}`)
  throw refuse('transport-interface-missing', {name: missing}, {source: names.configKey})
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
