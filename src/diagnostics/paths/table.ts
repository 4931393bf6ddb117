import {
  type PathFault,
  type PathKind,
  pathKindNames,
  type PathRow,
  type PathSource,
  pathSources,
} from '../../model/path.ts'
import {pairFaults, type PairFindings} from './pair-faults.ts'
import type {PathNode, Prediction} from './predict.ts'

/** All pairs of one family, and what is known of each: as numbers, since a thousand Nodes have a million pairs. */
export interface PathTable {
  readonly family: 4 | 6
  readonly nodes: readonly PathNode[]
  /** Were the agents asked for flows and routes; did they probe? */
  readonly sources: readonly PathSource[]
  kind(source: PathSource, from: number, to: number): PathKind | undefined
  /** What is known best: observed before installed before predicted. */
  best(from: number, to: number): PathKind
  row(from: number, to: number): PathRow
  /** Places of pairs with something odd about them, at most so many. */
  readonly odd: {readonly pairs: readonly (readonly [from: number, to: number])[]; readonly count: number}
}

const mostOdd = 1_000

export function pathTable(
  prediction: Prediction,
  findings: ReadonlyMap<string, PairFindings>,
  asked: {readonly installed: boolean; readonly observed: boolean},
): PathTable {
  const {family, nodes} = prediction
  const size = nodes.length
  const sources = pathSources.filter((source) => source === 'predicted' || asked[source])
  const codes = Object.fromEntries(sources.map((source) => [source, new Uint8Array(size * size)]))
  const found = (from: number, to: number) =>
    findings.get(findingKey(nodes[from]?.name ?? '', nodes[to]?.podCidr ?? ''))
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++)
      for (const source of sources) {
        const kind =
          source === 'predicted'
            ? prediction.kind(from, to)
            : kindOf(source, found(from, to), prediction.kind(from, to))
        const column = codes[source]
        if (column !== undefined) column[from * size + to] = pathKindNames.indexOf(kind)
      }
  const kind = (source: PathSource, from: number, to: number) => pathKindNames[codes[source]?.[from * size + to] ?? -1]
  const best = (from: number, to: number) => kind(sources.at(-1) ?? 'predicted', from, to) ?? 'unknown'
  const faults = (from: number, to: number): readonly PathFault[] =>
    pairFaults({prediction, from, to, kind, best, findings: found(from, to) ?? {}})
  return {
    family,
    nodes,
    sources,
    kind,
    best,
    row: (from, to) => rowOf({family, nodes, kind, faults, found}, from, to),
    odd: oddPairs(size, faults),
  }
}

export function findingKey(from: string, podCidr: string): string {
  return `${from} ${podCidr}`
}

function kindOf(source: 'installed' | 'observed', findings: PairFindings | undefined, predicted: PathKind): PathKind {
  if (predicted === 'local') return 'local'
  if (source === 'observed') return findings?.observed?.kind ?? 'unknown'
  const installed = findings?.installed?.class ?? 'unknown'
  return installed === 'same-node' ? 'local' : installed
}

interface RowFacts extends Pick<PathTable, 'family' | 'nodes' | 'kind'> {
  readonly faults: (from: number, to: number) => readonly PathFault[]
  readonly found: (from: number, to: number) => PairFindings | undefined
}

function rowOf({family, nodes, kind, faults, found}: RowFacts, from: number, to: number): PathRow {
  const [installed, observed] = [kind('installed', from, to), kind('observed', from, to)]
  const {installed: path, observed: probe} = found(from, to) ?? {}
  const why = [path?.why, probe?.why].filter((part) => part !== undefined).join('; ')
  return {
    from: nodes[from]?.name ?? '',
    to: nodes[to]?.name ?? '',
    family,
    podCidr: nodes[to]?.podCidr ?? '',
    predicted: kind('predicted', from, to) ?? 'unknown',
    ...(installed !== undefined && {installed}),
    ...(observed !== undefined && {observed}),
    why: why === '' ? predictedWhy(nodes[from], nodes[to]) : why,
    faults: faults(from, to),
  }
}

function predictedWhy(from: PathNode | undefined, to: PathNode | undefined): string {
  const address = ({transport}: PathNode) =>
    transport === undefined ? 'no address' : `${transport.ip}/${transport.prefix}`
  if (from === undefined || to === undefined) return ''
  return `${from.mode ?? 'no mode'} on ${from.name} (${address(from)}), towards ${address(to)}`
}

function oddPairs(size: number, faults: RowFacts['faults']): PathTable['odd'] {
  const pairs: (readonly [number, number])[] = []
  let count = 0
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      if (from === to || faults(from, to).length === 0) continue
      count += 1
      if (pairs.length < mostOdd) pairs.push([from, to])
    }
  return {pairs, count}
}
