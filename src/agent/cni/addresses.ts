import {addressAt, type Cidr, contains, type Ip, sizeOf, toBigInt, baseOf} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {ofports} from '../../model/names.ts'
import type {PodPorts} from './plant.ts'
import type {Taken} from './taken.ts'

/** First index that a Pod may have: the network's own address and the gateway's come before it. */
const firstIndex = 2

/**
 * The next free address of the podCIDR after `last`, round and round: an address just freed rests as long as possible,
 * because peers and conntrack still know it. Throws PODS_EXHAUSTED.
 */
export function nextAddress(podCidr: Cidr, taken: Taken, last?: Ip): Ip {
  const places = placesOf(podCidr)
  const start =
    last === undefined || !contains(podCidr, last) ? 0 : Math.max(0, indexOf(podCidr, last) - firstIndex + 1)
  for (let step = 0; step < places; step++) {
    const ip = addressAt(podCidr, firstIndex + ((start + step) % places))
    if (!taken.has(ip)) return ip
  }
  throw new AntctlError('PODS_EXHAUSTED', `all ${places} addresses of ${podCidr} are taken`, {
    remedy: ['give the Nodes a larger podCIDR, or lower maxPods'],
  })
}

/**
 * The number of a Pod's port follows from its address, so that a restart of Open vSwitch gives the same one; undefined
 * where that is taken, or above the numbers of br-int's own ports.
 */
export function ofportFor(ip: Ip, podCidr: Cidr, ports: Pick<PodPorts, 'all'>): number | undefined {
  const ofport = indexOf(podCidr, ip)
  const isFree = ofport < Math.min(...Object.values(ofports)) && !ports.all().some((port) => port.ofport === ofport)
  return isFree ? ofport : undefined
}

/** Pods that the podCIDR has room for. The last address of the network is its broadcast address. */
function placesOf(podCidr: Cidr): number {
  return Math.max(0, Number(sizeOf(podCidr)) - firstIndex - 1)
}

function indexOf(podCidr: Cidr, ip: Ip): number {
  return Number(toBigInt(ip) - toBigInt(baseOf(podCidr)))
}
