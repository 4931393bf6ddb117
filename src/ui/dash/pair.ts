import {type PathKind, pathKinds} from '../../model/path.ts'
import {fold} from '../fold.ts'
import {paintPath} from '../path-columns.ts'
import {printable} from '../printable.ts'
import type {Trouble} from './feed.ts'
import type {Key} from './key.ts'
import type {Body, Room} from './layout.ts'
import {factsOf, oddLines, type PairWay, steadyWords} from './pair-facts.ts'
import type {PairPlace} from './place.ts'
import {enter, only, put, type State, type Step} from './state.ts'
import {traceBetween} from './trace.ts'

/** Why two Nodes reach each other as they do: subnet test, flow, route, MTU, and what the last probes saw. */
export function pairBody(state: State, place: PairPlace, room: Room): Body {
  const {theme} = room
  const found = rowsOf(state, place)
  if (found === undefined)
    return {lines: [theme.faint('Nothing is known of these two Nodes any more.')], top: place.top}
  const {table, there, back, from, to} = found
  const {held, probed} = place
  const lines = [
    theme.heading(printable(`${place.from} ↔ ${place.to}, IPv${table.family}`)),
    '',
    ...wayLines(state, {row: there, own: from, peer: to, held: held?.there, probed: probed?.there}, place, room),
    '',
    ...wayLines(state, {row: back, own: to, peer: from, held: held?.back, probed: probed?.back}, place, room),
    '',
    ...lastLines(state, place, room),
  ]
  return {lines, top: place.top}
}

function rowsOf({facts}: State, {family, from, to}: PairPlace) {
  const table = facts.paths?.value?.tables[family]
  const [a, b] = [from, to].map((name) => table?.nodes.findIndex((node) => node.name === name) ?? -1)
  const [own, peer] = [table?.nodes[a ?? -1], table?.nodes[b ?? -1]]
  if (table === undefined || a === undefined || b === undefined || own === undefined || peer === undefined)
    return undefined
  return {table, there: table.row(a, b), back: table.row(b, a), from: own, to: peer}
}

/** Each source by itself: where they differ is the fault. */
function wayLines(state: State, way: PairWay, place: PairPlace, {theme, width}: Room): readonly string[] {
  const {row, probed} = way
  const kinds = {predicted: row.predicted, installed: row.installed, observed: probed?.kind ?? row.observed}
  const sources = Object.entries(kinds).map(([source, kind]) => `${source} ${kindWords(kind, theme)}`)
  const facts = factsOf(way, place, state.now)
  const widest = Math.max(...Object.keys(facts).map((name) => name.length))
  return [
    `${theme.key(printable(`${row.from} → ${row.to}`))}  ${sources.join('  ')}`,
    ...Object.entries(facts).flatMap(([name, words]) =>
      words === undefined
        ? []
        : fold(`  ${name.padEnd(widest)}  ${printable(words)}`, width).map((line, at) =>
            at === 0 ? `  ${theme.key(name.padEnd(widest))}${line.slice(2 + widest)}` : line,
          ),
    ),
    ...row.faults.flatMap(({kind, sentence, remedy}) => [
      ...fold(`  ! ${kind}: ${printable(sentence)}`, width).map(kind === 'broken' ? theme.bad : theme.warn),
      ...(remedy === undefined ? [] : fold(`      ${printable(remedy)}`, width).map(theme.faint)),
    ]),
    ...oddLines(way).flatMap((line) => fold(line, width).map(theme.bad)),
  ]
}

function kindWords(kind: PathKind | undefined, theme: Room['theme']): string {
  return kind === undefined ? theme.faint('· not yet') : paintPath(kind, theme)(`${pathKinds[kind].shape} ${kind}`)
}

/** Why something is missing above, what the steady probes say, and what one can do. */
function lastLines(state: State, place: PairPlace, {theme, width}: Room): readonly string[] {
  const silent = [...(place.held?.silent ?? []), ...(place.probed?.silent ?? [])]
  return [
    ...silent.flatMap(({node, reason}) => fold(printable(`! ${node}: ${reason}`), width).map(theme.warn)),
    ...(place.trouble === undefined ? [] : troubleLines(place.trouble, {theme, width})),
    ...fold(printable(steadyWords(state, place)), width).map(theme.faint),
    ...fold('t follows a packet from one to the other; o has the two agents probe again for a second.', width).map(
      theme.faint,
    ),
  ]
}

function troubleLines({sentence, remedy}: Trouble, {theme, width}: Pick<Room, 'theme' | 'width'>): readonly string[] {
  return [
    ...fold(printable(`! not probed: ${sentence}`), width).map(theme.warn),
    ...(remedy === undefined ? [] : fold(printable(`    ${remedy}`), width).map(theme.key)),
  ]
}

/** The page of a pair, and what is to be asked for it; unless one was told not to, the agents probe it. */
export function enterPair(state: State, ends: Pick<PairPlace, 'family' | 'from' | 'to'>): Step {
  const {from, to} = ends
  const isTold = isToldOf(state, ends)
  const probes = isTold && state.quiet !== true
  const entered = enter(state, {view: 'pair', ...ends, top: 0, asks: probes})
  return isTold ? only(entered, {do: 'look', from, to, probes}) : only(entered)
}

/** Agents tell flows, routes and probes of IPv4 alone. */
function isToldOf({facts}: State, {family}: Pick<PairPlace, 'family'>): boolean {
  return facts.paths?.value?.tables[family]?.family === 4
}

export function pairKey(state: State, {trouble: _trouble, ...place}: PairPlace, key: Key): Step | undefined {
  const {from, to, asks} = place
  if (key.text === 't') return traceBetween(state, from, to)
  if (key.text !== 'o' || asks) return undefined
  if (!isToldOf(state, place)) return only({...state, note: 'the agents probe by IPv4 alone'})
  return only(put(state, {...place, asks: true}), {do: 'look', from, to, probes: true})
}
