import {baseOf, bitsOf, type Cidr, contains, networkOf, prefixOf, sizeOf, toBigInt} from '../../model/address.ts'

/** The same addresses in as few networks as can be: 256 neighbouring /24 are one /16. */
export function mergedCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const sorted = [...new Set(cidrs)].toSorted(byAddress)
  const merged: Cidr[] = []
  for (const cidr of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && contains(last, baseOf(cidr))) continue
    merged.push(cidr)
    joinHalves(merged)
  }
  return merged
}

/** The last two, for as long as they are the halves of one network. */
function joinHalves(merged: Cidr[]): void {
  for (;;) {
    const [low, high] = merged.slice(-2)
    if (low === undefined || high === undefined || prefixOf(low) !== prefixOf(high) || prefixOf(low) === 0) return
    const whole = networkOf(baseOf(low), prefixOf(low) - 1)
    if (low === high || baseOf(whole) !== baseOf(low) || !contains(whole, baseOf(high))) return
    merged.splice(-2, 2, whole)
  }
}

/** By family, then by address, a network before those inside it. */
function byAddress(a: Cidr, b: Cidr): number {
  const family = bitsOf(baseOf(a)) - bitsOf(baseOf(b))
  if (family !== 0) return family
  const distance = toBigInt(baseOf(a)) - toBigInt(baseOf(b))
  return distance === 0n
    ? Number(sizeOf(b) - sizeOf(a) > 0n) - Number(sizeOf(b) - sizeOf(a) < 0n)
    : distance < 0n
      ? -1
      : 1
}
