import {familyOf, type Ip, toBigInt} from '../../model/address.ts'

/**
 * What a flow is there for, readable from the flow itself: after a restart the switch tells which Pod or peer each flow
 * belongs to. Layout as Antrea's (round 0): category in bits 40-47, object kind in 32-39, its IPv4 address in 0-31.
 */
export const cookieKinds = {
  base: {category: 0n, kind: 1n},
  gateway: {category: 1n, kind: 1n},
  tunnel: {category: 1n, kind: 2n},
  peer: {category: 1n, kind: 3n},
  pod: {category: 1n, kind: 4n},
} as const
export type CookieKind = keyof typeof cookieKinds

/** The cookie of all flows of one Pod, one peer, or (without an address) of a part that exists once. */
export function cookieOf(name: CookieKind, ip?: Ip): bigint {
  const {category, kind} = cookieKinds[name]
  const id = ip === undefined || familyOf(ip) === 6 ? 0n : toBigInt(ip)
  return (category << 40n) | (kind << 32n) | id
}

/** The id is the IPv4 address as a number, 0 for what exists once; undefined for a cookie that is not ours. */
export function ownerOf(cookie: bigint): {readonly kind: CookieKind; readonly id: bigint} | undefined {
  const kind = Object.keys(cookieKinds)
    .filter(isCookieKind)
    .find((name) => cookieOf(name) === (cookie >> 32n) << 32n)
  return kind === undefined ? undefined : {kind, id: cookie & 0xffff_ffffn}
}

/** Whose the flow is, by what it says itself: "pod/10.244.1.9", "peer/10.244.2.0", "base"; undefined for a foreign one. */
export function ownerText(cookie: bigint): string | undefined {
  const owner = ownerOf(cookie)
  if (owner === undefined || owner.id === 0n) return owner?.kind
  const ip = [24n, 16n, 8n, 0n].map((shift) => (owner.id >> shift) & 255n).join('.')
  return `${owner.kind}/${ip}`
}

function isCookieKind(name: string): name is CookieKind {
  return Object.hasOwn(cookieKinds, name)
}
