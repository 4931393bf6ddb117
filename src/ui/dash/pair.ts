import type {PathTable} from '../../diagnostics/paths/table.ts'
import type {PathRow} from '../../model/path.ts'
import {pathKinds} from '../../model/path.ts'
import {fold} from '../fold.ts'
import {paintPath} from '../path-columns.ts'
import {printable} from '../printable.ts'
import {windowsIn} from './facts.ts'
import type {Body, Room} from './layout.ts'
import type {PairPlace} from './place.ts'
import type {State} from './state.ts'

/** Why two Nodes reach each other as they do: subnets, flow, route, MTU, the last probes. */
export function pairBody(state: State, place: PairPlace, room: Room): Body {
  const {theme, width} = room
  const found = rowsOf(state, place)
  if (found === undefined)
    return {lines: [theme.faint('Nothing is known of these two Nodes any more.')], top: place.top}
  const {table, there, back, from, to} = found
  const lines = [
    theme.heading(printable(`${place.from} ↔ ${place.to}, IPv${table.family}`)),
    '',
    ...wayLines(there, room),
    '',
    ...wayLines(back, room),
    '',
    ...nodeLines(table, from, room),
    ...nodeLines(table, to, room),
    '',
    ...fold(printable(probeWords(state, place)), width),
    '',
    theme.faint('t follows a packet from one to the other; to have the agents probe this pair:'),
    theme.key(printable(`  antctl get paths --observe --nodes ${place.from},${place.to} -o wide`)),
  ]
  return {lines, top: place.top}
}

function rowsOf({facts}: State, {family, from, to}: PairPlace) {
  const table = facts.paths?.value?.tables[family]
  const [a, b] = [from, to].map((name) => table?.nodes.findIndex((node) => node.name === name) ?? -1)
  if (table === undefined || a === undefined || b === undefined || a < 0 || b < 0) return undefined
  return {table, there: table.row(a, b), back: table.row(b, a), from: a, to: b}
}

/** Each source by itself: where they differ is the fault. */
function wayLines(row: PathRow, {theme, width}: Room): readonly string[] {
  const sources = (['predicted', 'installed', 'observed'] as const).flatMap((source) => {
    const kind = row[source]
    return kind === undefined ? [] : [`${source} ${paintPath(kind, theme)(`${pathKinds[kind].shape} ${kind}`)}`]
  })
  return [
    `${theme.key(printable(`${row.from} → ${row.to}`))}  ${sources.join('  ')}`,
    ...row.why.split('; ').flatMap((clause) => fold(`  ${printable(clause)}`, width)),
    ...row.faults.flatMap(({kind, sentence, remedy}) => [
      ...fold(`  ! ${kind}: ${printable(sentence)}`, width).map(kind === 'broken' ? theme.bad : theme.warn),
      ...(remedy === undefined ? [] : fold(`      ${printable(remedy)}`, width).map(theme.faint)),
    ]),
  ]
}

/** What the subnet test and the MTU are made from. */
function nodeLines({nodes}: PathTable, at: number, {width}: Room): readonly string[] {
  const node = nodes[at]
  if (node === undefined) return []
  const {name, transport, mode, podCidr, podMtu, transportMtu, tunnel} = node
  const parts = [
    transport === undefined ? 'no transport address' : `${transport.ip}/${transport.prefix}`,
    `Pods ${podCidr}`,
    mode ?? 'mode unknown',
    ...(podMtu === undefined ? [] : [`Pods send ${podMtu} bytes`]),
    ...(transportMtu === undefined ? [] : [`its link takes ${transportMtu}`]),
    ...(tunnel === undefined ? [] : [tunnel]),
  ]
  return fold(printable(`${name}  ${parts.join(', ')}`), width)
}

/** Losses of the steady probe that somebody runs; it names only pairs that lost. */
function probeWords({facts}: State, {from, to}: PairPlace): string {
  const windows = windowsIn(facts)
  if (windows.length === 0) return 'Last probe: none runs.'
  const lost = windows
    .flatMap(({worst}) => worst)
    .filter((pair) => (pair.from === from && pair.to === to) || (pair.from === to && pair.to === from))
  const gap = Math.max(0, ...lost.map(({longestGap}) => longestGap))
  const count = lost.reduce((sum, pair) => sum + pair.lost, 0)
  return count === 0
    ? `Last probe: in the last ${windows.length} looks this pair was not among those that lost most.`
    : `Last probe: ${count} packets lost, longest gap ${gap.toFixed(0)} ms, in the last ${windows.length} looks.`
}
