import type {Ip} from '../../model/address.ts'
import type {Desk, PodPorts} from './plant.ts'
import {addressesOf} from './pods.ts'

/** Addresses that no new Pod may get: of every port, also of those that are broken or unreadable, and of ADDs under way. */
export function takenAddresses(ports: PodPorts, {adding}: Desk): ReadonlySet<Ip> {
  return new Set([...adding.values(), ...ports.all().flatMap(({externalIds}) => addressesOf(externalIds))])
}
