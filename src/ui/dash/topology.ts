import type {PathTable} from '../../diagnostics/paths/table.ts'
import {pathKindNames, pathKinds} from '../../model/path.ts'
import {fold} from '../fold.ts'
import {paintPath} from '../path-columns.ts'
import {printable} from '../printable.ts'
import {fit} from '../width.ts'
import type {Paths} from './facts.ts'
import {boxRows} from './box.ts'
import {type Key, stepOf, within} from './key.ts'
import {type Body, bodyHeight, type Room} from './layout.ts'
import {gridLines, gridPage} from './grid.ts'
import {enterPair} from './pair.ts'
import type {TopologyPlace} from './place.ts'
import {only, put, type State, type Step} from './state.ts'
import {matrixOrder, subnetsOf} from './subnets.ts'

/** So many Nodes are also drawn one by one, in the boxes of their subnets. */
const fewNodes = 12

/** Subnets with their Nodes, and how each reaches each. */
export function topologyBody(state: State, place: TopologyPlace, room: Room): Body {
  const table = tableOf(state, place)
  if (table === undefined) return {lines: [room.theme.faint('The ways between Nodes are being asked for.')]}
  const above = boxesAbove(table, room)
  const below = [...chosenLines(table, place, room), ...legendLines(state, table, room)]
  const height = Math.max(2, room.height - above.length - below.length)
  return {lines: [...above, ...gridLines(table, place, {...room, height}), ...below]}
}

/** Nothing where the matrix would have no room beside them. */
function boxesAbove(table: PathTable, {width, height}: Room): readonly string[] {
  if (table.nodes.length > fewNodes) return []
  const boxes = subnetsOf(table).map(({name, nodes}) => ({
    title: name,
    lines: nodes.map((at) => {
      const {name: node, podCidr, mode} = table.nodes[at] ?? {name: '', podCidr: '', mode: undefined}
      return printable(`${node}  ${podCidr}  ${mode ?? 'mode unknown'}`)
    }),
  }))
  const lines = boxRows(boxes, {width, most: 50})
  return lines.length + table.nodes.length + 8 > height ? [] : lines
}

/** Of the chosen pair what decides it; Enter says the rest. */
function chosenLines(table: PathTable, place: TopologyPlace, {theme, width}: Room): readonly string[] {
  const [from, to] = chosen(table, place)
  if (from === to) return ['', fold(printable(`${table.nodes[from]?.name ?? ''}: on the Node itself`), width)[0] ?? '']
  const row = table.row(from, to)
  const kind = table.best(from, to)
  const head = printable(`${row.from} → ${row.to}  `)
  const [first = ''] = fold(`${kind}: ${printable(row.why)}`, undefined)
  return ['', `${theme.heading(head)}${paintPath(kind, theme)(first)}`]
}

function legendLines({facts}: State, table: PathTable, {theme, width}: Room): readonly string[] {
  const words = pathKindNames.map((kind) => `${pathKinds[kind].letter}${pathKinds[kind].shape} ${kind}`)
  const odd = table.odd.count === 0 ? 'nothing is odd' : `${table.odd.count} ordered pairs are odd (!)`
  const missing = missingWords(facts.paths?.value)
  return [
    theme.faint(words.join('  ')),
    (table.odd.count === 0 ? theme.good : theme.warn)(`IPv${table.family}: ${table.nodes.length} Nodes, ${odd}`),
    ...(missing === undefined ? [] : [theme.bad(fit(printable(`! ${missing}`), width))]),
  ]
}

/** What the agents did not say. */
function missingWords(paths: Paths | undefined): string | undefined {
  if (paths?.predicted !== undefined) return `only predicted: ${paths.predicted}`
  const [first, ...others] = paths?.silent ?? []
  if (first === undefined) return undefined
  const more = others.length === 0 ? '' : ` and ${others.length} Nodes more`
  return `nothing is known from ${first.node}${more}: ${first.reason}`
}

function tableOf({facts}: State, {family}: TopologyPlace): PathTable | undefined {
  const tables = facts.paths?.value?.tables ?? []
  return tables[family] ?? tables[0]
}

/** The chosen pair, as places in the table. */
function chosen(table: PathTable, {from, to}: TopologyPlace): readonly [number, number] {
  const order = matrixOrder(table)
  const last = order.length - 1
  return [order[Math.min(from, last)] ?? 0, order[Math.min(to, last)] ?? 0]
}

export function topologyKey(state: State, place: TopologyPlace, key: Key): Step | undefined {
  const table = tableOf(state, place)
  if (table === undefined) return undefined
  const to = (next: Partial<TopologyPlace>) => only(put(state, {...place, ...next}))
  const {name, text} = key
  if (name === 'enter') return entered(state, table, place)
  if (name === 'tab') {
    const families = state.facts.paths?.value?.tables.length ?? 1
    if (families === 1) return only({...state, note: `all that is known is of IPv${table.family}`})
    return to({family: (place.family + 1) % families})
  }
  if (name === 'left' || name === 'right')
    return to({to: within(place.to + (name === 'left' ? -1 : 1), table.nodes.length)})
  if (text === '!') return to(nextOdd(table, place))
  const step = stepOf(key, gridPage({height: bodyHeight(state.screen)}))
  return step === undefined ? undefined : to({from: within(place.from + step, table.nodes.length)})
}

function entered(state: State, table: PathTable, place: TopologyPlace): Step {
  const [from = '', to = ''] = chosen(table, place).map((at) => table.nodes[at]?.name)
  if (from === to) return only({...state, note: 'choose two Nodes: this is one with itself'})
  return enterPair(state, {family: place.family, from, to})
}

/** The next pair with something odd about it, row by row. */
function nextOdd(table: PathTable, {from, to}: TopologyPlace): Pick<TopologyPlace, 'from' | 'to'> {
  const order = matrixOrder(table)
  const place = new Map(order.map((at, index) => [at, index]))
  const odd = table.odd.pairs
    .map(([a, b]) => ({from: place.get(a) ?? 0, to: place.get(b) ?? 0}))
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
  return odd.find((pair) => pair.from > from || (pair.from === from && pair.to > to)) ?? odd[0] ?? {from, to}
}

/** The first Node whose name has it is chosen as the one that sends. */
export function topologyFilter(state: State, place: TopologyPlace, filter: string): TopologyPlace {
  const table = tableOf(state, place)
  if (table === undefined) return {...place, filter}
  const at = matrixOrder(table).findIndex((node) => table.nodes[node]?.name.includes(filter) === true)
  return {...place, filter, from: at === -1 ? place.from : at}
}
