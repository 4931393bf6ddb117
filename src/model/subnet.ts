import {contains, familyOf, type InterfaceAddress, networkOf} from './address.ts'

/** Why "in one subnet" is not a plain yes or no for two Nodes; what a Node decides stays its own mask's answer. */
export const subnetRemedies = {
  'host-mask': 'give the interface the prefix of its subnet (ip -brief address shows it), or stay with encap',
  'one-way': 'give both interfaces the same prefix: what leaves directly comes back another way',
  'unequal-masks': 'give all interfaces of one subnet the same prefix',
} as const
export type SubnetReason = keyof typeof subnetRemedies

export interface SubnetDecision {
  /** With the own mask, as every Node decides for itself. */
  readonly sameSubnet: boolean
  readonly trouble?: SubnetReason
}

/** One direction of a pair; both addresses are of one family. */
export function decideSubnet(own: InterfaceAddress, peer: InterfaceAddress): SubnetDecision {
  const sameSubnet = isNear(own, peer)
  const trouble = troubleOf(own, peer)
  return {sameSubnet, ...(trouble !== undefined && {trouble})}
}

/** A mask that leaves no room for a neighbour: /32, or /128. */
export function isHostMask({ip, prefix}: InterfaceAddress): boolean {
  return prefix === (familyOf(ip) === 4 ? 32 : 128)
}

export interface SubnetNode {
  readonly name: string
  readonly transport: readonly InterfaceAddress[]
}

export interface SubnetTrouble {
  readonly reason: SubnetReason
  /** All that it is about; for one-way the one that sends directly, then the one that does not. */
  readonly nodes: readonly string[]
  readonly sentence: string
  readonly remedy: string
}

/** What is to be said of all Nodes before a mode that sends directly: few lines for thousands of pairs. */
export function subnetTroubles(nodes: readonly SubnetNode[]): readonly SubnetTrouble[] {
  return ([4, 6] as const).flatMap((family) => {
    const known = nodes.flatMap(({name, transport}) => {
      const own = transport.find(({ip}) => familyOf(ip) === family)
      return own === undefined ? [] : [{name, own}]
    })
    const byPrefix = Map.groupBy(known, ({own}) => own.prefix)
    const hosts = known.filter(({own}) => isHostMask(own)).map(({name}) => name)
    // Between equal masks nothing can go one way: only pairs of different ones are looked at.
    const oneWay = byPrefix.size < 2 ? [] : known.flatMap((from) => oneWayFrom(from, known))
    return [
      ...(hosts.length === 0 ? [] : [hostMask(hosts, family)]),
      ...oneWay,
      ...(byPrefix.size < 2 || oneWay.length > 0 ? [] : [unequal(byPrefix)]),
    ]
  })
}

interface Known {
  readonly name: string
  readonly own: InterfaceAddress
}

function troubleOf(own: InterfaceAddress, peer: InterfaceAddress): SubnetReason | undefined {
  if (isNear(own, peer) !== isNear(peer, own)) return 'one-way'
  if (isHostMask(own) || isHostMask(peer)) return 'host-mask'
  return own.prefix === peer.prefix ? undefined : 'unequal-masks'
}

function isNear(own: InterfaceAddress, peer: InterfaceAddress): boolean {
  return contains(networkOf(own.ip, own.prefix), peer.ip)
}

function oneWayFrom(from: Known, all: readonly Known[]): readonly SubnetTrouble[] {
  return all
    .filter(({own}) => own.prefix > from.own.prefix && isNear(from.own, own) && !isNear(own, from.own))
    .map((to) => ({
      reason: 'one-way' as const,
      nodes: [from.name, to.name],
      sentence:
        `${from.name} (/${from.own.prefix}) takes ${to.name} for its neighbour, ` +
        `${to.name} (/${to.own.prefix}) does not take ${from.name} for one`,
      remedy: subnetRemedies['one-way'],
    }))
}

function hostMask(nodes: readonly string[], family: 4 | 6): SubnetTrouble {
  const mask = family === 4 ? '/32' : '/128'
  const sentence = `${listed(nodes)} with the mask ${mask}: every peer is in another subnet`
  return {reason: 'host-mask', nodes, sentence, remedy: subnetRemedies['host-mask']}
}

function unequal(byPrefix: ReadonlyMap<number, readonly Known[]>): SubnetTrouble {
  const groups = [...byPrefix].toSorted(([a], [b]) => a - b)
  const words = groups.map(([prefix, nodes]) => `/${prefix} ${listed(nodes.map(({name}) => name))}`)
  return {
    reason: 'unequal-masks',
    nodes: groups.flatMap(([, nodes]) => nodes.map(({name}) => name)),
    sentence: `the masks of the Nodes differ: ${words.join('; ')}`,
    remedy: subnetRemedies['unequal-masks'],
  }
}

function listed(nodes: readonly string[]): string {
  const rest = nodes.length - 3
  return `${nodes.slice(0, 3).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
