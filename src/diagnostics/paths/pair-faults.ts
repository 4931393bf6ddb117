import {decideSubnet, subnetRemedies} from '../../model/subnet.ts'
import {isTunnelType, tunnelTypes} from '../../model/tunnel.ts'
import {type PathFault, type PathKind, type PathSource, pathSources} from '../../model/path.ts'
import type {PathNode, Prediction} from './predict.ts'
import type {PairPath} from './pair.ts'

/** What agents said of one pair beside what is predicted. */
export interface PairFindings {
  readonly installed?: Pick<PairPath, 'class' | 'why'>
  readonly observed?: {readonly kind: PathKind; readonly why: string; readonly mtu?: number}
}

export interface PairFacts {
  readonly prediction: Prediction
  readonly from: number
  readonly to: number
  readonly kind: (source: PathSource, from: number, to: number) => PathKind | undefined
  readonly best: (from: number, to: number) => PathKind
  readonly findings: PairFindings
}

const none: readonly PathFault[] = []

/** What is odd about one direction of a pair, each with what to do. Called a million times: nothing is made where all is well. */
export function pairFaults(facts: PairFacts): readonly PathFault[] {
  const {prediction, from, to} = facts
  const [own, peer] = [prediction.nodes[from], prediction.nodes[to]]
  if (own === undefined || peer === undefined || own.name === peer.name) return none
  const [best, back] = [facts.best(from, to), facts.best(to, from)]
  const found = [
    best === 'broken' ? broken(facts, own, peer) : undefined,
    best !== 'broken' && disagrees(facts) ? disagreement(facts) : undefined,
    isAsymmetric(best, back) ? asymmetry(own, peer, best, back) : undefined,
    own.transport?.prefix === peer.transport?.prefix ? undefined : mask(own, peer, facts),
    mtu(own, peer, best, facts.findings),
  ]
  return found.every((fault) => fault === undefined) ? none : found.filter((fault) => fault !== undefined)
}

/** Of a router in between one source may tell and another not. */
function disagrees({kind, from, to}: PairFacts): boolean {
  let first: PathKind | undefined
  for (const source of pathSources) {
    const found = kind(source, from, to)
    if (found === undefined || found === 'unknown') continue
    if (first !== undefined && plain(first) !== plain(found)) return true
    first = found
  }
  return false
}

function plain(kind: PathKind): PathKind {
  return kind === 'fabric' ? 'routed' : kind
}

function broken({findings}: PairFacts, own: PathNode, peer: PathNode): PathFault {
  const why = findings.observed?.kind === 'broken' ? findings.observed.why : findings.installed?.why
  return {
    kind: 'broken',
    sentence: `${own.name} to ${peer.name}: ${why ?? 'nothing leads there'}`,
    remedy: `antctl trace-packet -S ${own.name} -D ${peer.name} says where it ends`,
  }
}

function disagreement({kind, from, to, prediction, findings}: PairFacts): PathFault {
  const words = pathSources.flatMap((source) => {
    const found = kind(source, from, to)
    return found === undefined ? [] : [`${source} ${found}`]
  })
  const [own, peer] = [prediction.nodes[from]?.name, prediction.nodes[to]?.name]
  return {
    kind: 'disagreement',
    sentence: `${own} to ${peer}: ${words.join(', ')}${findings.installed === undefined ? '' : ` (${findings.installed.why})`}`,
    remedy: `antctl get ovsflows --nodes ${own} -T L3Forwarding`,
  }
}

function isAsymmetric(there: PathKind, back: PathKind): boolean {
  const isKnown = (kind: PathKind) => kind !== 'unknown' && kind !== 'broken'
  return isKnown(there) && isKnown(back) && plain(there) !== plain(back)
}

function asymmetry(own: PathNode, peer: PathNode, there: PathKind, back: PathKind): PathFault {
  const modes = own.mode === peer.mode ? '' : `: ${own.name} runs ${own.mode ?? '?'}, ${peer.name} ${peer.mode ?? '?'}`
  return {
    kind: 'asymmetry',
    sentence: `${own.name} to ${peer.name} is ${there}, back it is ${back}${modes}`,
    remedy: modes === '' ? subnetRemedies['one-way'] : 'bring both Nodes to one mode: antctl set-mode',
  }
}

/** Masks decide nothing where every packet is tunnelled. */
function mask(own: PathNode, peer: PathNode, {prediction, from, to}: PairFacts): PathFault | undefined {
  if (own.mode === 'encap' || own.transport === undefined || peer.transport === undefined) return undefined
  if (prediction.isNear(from, to) === prediction.isNear(to, from)) return undefined
  const {trouble} = decideSubnet(own.transport, peer.transport)
  if (trouble === undefined) return undefined
  return {
    kind: 'mask',
    sentence: `${own.name} (/${own.transport.prefix}) and ${peer.name} (/${peer.transport.prefix}) do not agree that they are neighbours`,
    remedy: subnetRemedies[trouble],
  }
}

/** Of what Pods send, what is put around it, and what both ends take in. */
function mtu(own: PathNode, peer: PathNode, best: PathKind, {observed}: PairFindings): PathFault | undefined {
  if (own.podMtu === undefined || best === 'broken' || best === 'unknown') return undefined
  if (observed?.mtu !== undefined && observed.mtu > 0 && observed.mtu < own.podMtu)
    return {
      kind: 'mtu',
      sentence: `${own.name} to ${peer.name}: Pods send up to ${own.podMtu} bytes, ${observed.mtu} come through`,
      remedy: 'raise the MTU of the network between them, or set defaultMTU',
    }
  const around =
    best === 'tunnelled' && own.tunnel !== undefined && isTunnelType(own.tunnel) ? tunnelTypes[own.tunnel].headers : 0
  const narrow = [own, peer].find(
    ({transportMtu}) => transportMtu !== undefined && transportMtu < (own.podMtu ?? 0) + around,
  )
  if (narrow === undefined) return undefined
  return {
    kind: 'mtu',
    sentence: `${own.name} to ${peer.name}: up to ${own.podMtu} bytes${around === 0 ? '' : ` and ${around} of the tunnel`}, ${narrow.name} takes ${narrow.transportMtu}`,
    remedy: `raise the MTU of ${narrow.name}'s transport interface, or set defaultMTU`,
  }
}
