import {baseOf, type Cidr, familyOf, parseCidr, prefixOf, toBigInt} from '../../../model/address.ts'
import {intervalEnd} from '../netlink/nf-tables.ts'

/** How an interval set holds a network: its first address, and the first one after it with a flag. */
export interface Edge {
  readonly key?: string
  readonly flags?: number
}

/** Only IPv4 networks; the last one of all has no edge after it. */
export function edgesOf(podCidr: Cidr): readonly Edge[] {
  if (familyOf(podCidr) === 6) return []
  const first = Number(toBigInt(baseOf(podCidr)))
  const after = first + 2 ** (32 - prefixOf(podCidr))
  const start = {key: hexOf(first)}
  return after > 0xffff_ffff ? [start] : [start, {key: hexOf(after), flags: intervalEnd}]
}

/** What stands between the edges: networks, and what is none in words. */
export function networksOf(edges: readonly Edge[]): {
  readonly networks: readonly Cidr[]
  readonly strays: readonly string[]
} {
  const sorted = edges
    .map(({key = '', flags = 0}) => ({at: Number.parseInt(key, 16), isEnd: (flags & intervalEnd) !== 0}))
    .toSorted((a, b) => a.at - b.at || Number(b.isEnd) - Number(a.isEnd))
  const networks: Cidr[] = []
  const strays: string[] = []
  for (const [index, {at, isEnd}] of sorted.entries()) {
    if (isEnd) continue
    const after = sorted[index + 1]?.at ?? 2 ** 32
    const bits = Math.log2(after - at)
    if (Number.isInteger(bits) && at % 2 ** bits === 0) networks.push(parseCidr(`${dotted(at)}/${32 - bits}`))
    else strays.push(`${dotted(at)}-${dotted(after - 1)}`)
  }
  return {networks, strays}
}

function dotted(address: number): string {
  return [...Buffer.from(hexOf(address), 'hex')].join('.')
}

function hexOf(address: number): string {
  return address.toString(16).padStart(8, '0')
}
