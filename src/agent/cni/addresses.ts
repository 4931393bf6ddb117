import {addressAt, type Cidr, type Ip, sizeOf, toBigInt, baseOf} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'

/** First index that a Pod may have: the network's own address and the gateway's come before it. */
const firstIndex = 2

/**
 * The next free address of the podCIDR after `last`, round and round: an address just freed rests as long as possible,
 * because peers and conntrack still know it. Throws PODS_EXHAUSTED.
 */
export function nextAddress(podCidr: Cidr, taken: ReadonlySet<Ip>, last?: Ip): Ip {
  // The last address of the network is its broadcast address.
  const places = Number(sizeOf(podCidr)) - firstIndex - 1
  const start = last === undefined ? 0 : Number(toBigInt(last) - toBigInt(baseOf(podCidr))) - firstIndex + 1
  for (let step = 0; step < places; step++) {
    const ip = addressAt(podCidr, firstIndex + ((start + step) % places))
    if (!taken.has(ip)) return ip
  }
  throw new AntctlError('PODS_EXHAUSTED', `all ${places} addresses of ${podCidr} are taken`, {
    remedy: ['give the Nodes a larger podCIDR, or lower maxPods'],
  })
}
