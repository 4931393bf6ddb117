import {type Cidr, contains, familyOf, type Ip, networkOf} from '../../model/address.ts'
import type {PairGroup, PairWay} from '../../model/pair-group.ts'
import {isTrafficMode} from '../../model/traffic-mode.ts'
import type {UnderlayNode} from '../../diagnostics/paths/underlay.ts'
import {classOf} from './expected-classes.ts'

export interface ChangedPairs {
  readonly groups: readonly PairGroup[]
  readonly changed: number
  /** All ordered pairs, those that stay included. */
  readonly all: number
}

/** By which mode a Node sends, in its own words. */
export type ModesOf = (node: string) => {readonly from: string; readonly to: string}

/** What changes for whom, judged with each sender's own mask and its own mode, as agents do. */
export function changedPairs(nodes: readonly UnderlayNode[], modesOf: ModesOf): ChangedPairs {
  const families = ([4, 6] as const).map((family) => changedOf(family, nodes, modesOf))
  const groups = families.flatMap((one) => one.groups)
  return {
    groups,
    changed: groups.reduce((sum, {count}) => sum + count, 0),
    all: families.reduce((sum, {all}) => sum + all, 0),
  }
}

interface End {
  readonly name: string
  readonly ip: Ip
  readonly subnet: Cidr
}

function changedOf(family: 4 | 6, nodes: readonly UnderlayNode[], modesOf: ModesOf) {
  const ends = endsOf(family, nodes)
  const known = new Set(ends.map(({name}) => name))
  const absent = nodes.map(({name}) => name).filter((name) => !known.has(name))
  const merged = new Map<string, PairGroup & {readonly from: string[]; count: number}>()
  for (const senders of alike(ends, modesOf)) {
    const near = neighboursOf(senders, ends)
    for (const {was, becomes, to} of changesOf(senders, near, absent, modesOf)) {
      const count = countPairs(senders, to, nodes.length)
      const key = JSON.stringify([was, becomes, to])
      const group = merged.get(key) ?? {family, from: [], to, was, becomes, count: 0}
      group.from.push(...senders.map(({name}) => name))
      group.count += count
      if (count > 0) merged.set(key, group)
    }
  }
  return {groups: [...merged.values()], all: ends.length * Math.max(0, ends.length - 1)}
}

/** Nodes that can be sent to, and send, in that family. */
function endsOf(family: 4 | 6, nodes: readonly UnderlayNode[]): readonly End[] {
  return nodes.flatMap(({name, podCidrs, transport}) => {
    const own = transport.find(({ip}) => familyOf(ip) === family)
    const hasPods = podCidrs.some((cidr) => familyOf(cidr) === family)
    return own === undefined || !hasPods ? [] : [{name, ip: own.ip, subnet: networkOf(own.ip, own.prefix)}]
  })
}

/** Senders for which everything is alike: the same network, and the same modes. */
function alike(ends: readonly End[], modesOf: ModesOf): Iterable<readonly End[]> {
  return Map.groupBy(ends, ({name, subnet}) => {
    const {from, to} = modesOf(name)
    return `${subnet} ${from} ${to}`
  }).values()
}

/** Whom they take for their neighbours, themselves among them; nobody where each would be alone with itself. */
function neighboursOf([first]: readonly End[], ends: readonly End[]): readonly string[] {
  if (first === undefined) return []
  const near = ends.filter(({ip}) => contains(first.subnet, ip)).map(({name}) => name)
  return near.length === 1 && near[0] === first.name ? [] : near
}

function changesOf(
  [first]: readonly End[],
  near: readonly string[],
  absent: readonly string[],
  modesOf: ModesOf,
): readonly Pick<PairGroup, 'was' | 'becomes' | 'to'>[] {
  if (first === undefined) return []
  const {from, to} = modesOf(first.name)
  const ways = (sameSubnet: boolean) => ({was: wayIn(from, sameSubnet), becomes: wayIn(to, sameSubnet)})
  return [
    {...ways(true), to: {only: near}},
    {...ways(false), to: {allBut: [...near, ...absent]}},
  ].filter(({was, becomes}) => was !== becomes)
}

function wayIn(mode: string, sameSubnet: boolean): PairWay {
  return isTrafficMode(mode) ? classOf(mode, {sameSubnet}) : 'unknown'
}

/** Without writing them out. */
function countPairs(senders: readonly End[], to: PairGroup['to'], nodes: number): number {
  const named = new Set('only' in to ? to.only : to.allBut)
  const peers = 'only' in to ? named.size : nodes - named.size
  const isPeer = (name: string) => named.has(name) === 'only' in to
  return senders.reduce((sum, {name}) => sum + peers - Number(isPeer(name)), 0)
}
