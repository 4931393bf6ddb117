import type {Ip} from '../../model/address.ts'
import type {SwitchPort} from '../../datapath/ovsdb/switch.ts'
import type {Desk, PodPorts} from './plant.ts'
import {addressesOf, podOfPort} from './pods.ts'

/** Addresses that no new Pod may get: of every port, also of those that are broken or unreadable, and of ADDs under way. */
export function takenAddresses(ports: PodPorts, {adding}: Desk): Taken {
  const held = heldBy(ports.all())
  const underWay = new Set(adding.values())
  return {has: (ip) => held.has(ip) || underWay.has(ip)}
}

export type Taken = Pick<ReadonlySet<Ip>, 'has'>

/** By the ports, which are the same array until one of them changes. */
const heldByPorts = new WeakMap<readonly SwitchPort[], ReadonlySet<Ip>>()

function heldBy(ports: readonly SwitchPort[]): ReadonlySet<Ip> {
  const known = heldByPorts.get(ports)
  if (known !== undefined) return known
  const held = new Set(ports.flatMap((port) => podOfPort(port)?.ips ?? addressesOf(port.externalIds)))
  heldByPorts.set(ports, held)
  return held
}
