import type {PathTable} from '../../diagnostics/paths/table.ts'
import {pathKinds} from '../../model/path.ts'
import {paintPath} from '../path-columns.ts'
import {printable} from '../printable.ts'
import {fit, stringWidth} from '../width.ts'
import {around, type Room} from './layout.ts'
import {matrixOrder, subnetsOf} from './subnets.ts'

/** "[R─!": what stands before it, letter and shape, and whether it is odd. */
const cell = 4
const widestName = 24

interface Chosen {
  readonly from: number
  readonly to: number
}

/** A line of the grid: a Node that sends, or the subnet of those that follow. */
type Row = {readonly subnet: string} | {readonly place: number}

/** As much of the matrix as fits, round the chosen pair; who sends is the row. Only that much is looked at. */
export function gridLines(table: PathTable, chosen: Chosen, {theme, width, height}: Room): readonly string[] {
  const order = matrixOrder(table)
  const labels = labelWidth(table)
  const rows = rowsOf(table)
  const at = rows.findIndex((row) => 'place' in row && row.place === chosen.from)
  const shownRows = around(at, rows.length, Math.max(1, height - 1))
  const columns = around(chosen.to, order.length, Math.max(1, Math.floor((width - labels - 1) / cell)))
  const starts = firstOfSubnets(table)
  const heads = order.slice(columns.from, columns.end).map((node, index) => {
    const place = columns.from + index
    return `${starts.has(place) ? '│' : ' '}${headOf(table, node, place)}`
  })
  return [
    theme.faint(fit(`${' '.repeat(labels)}${heads.join('')}`, width)),
    ...rows.slice(shownRows.from, shownRows.end).map((row) => {
      if ('subnet' in row) return theme.key(ruled(row.subnet, labels + (columns.end - columns.from) * cell))
      const cells = order
        .slice(columns.from, columns.end)
        .map((_, index) => cellText(table, {from: row.place, to: columns.from + index}, {chosen, starts, theme}))
      const closing = row.place === chosen.from && chosen.to === columns.end - 1 ? ']' : ''
      return `${labelOf(table, order[row.place] ?? 0, row.place, labels)}${cells.join('')}${closing}`
    }),
  ]
}

function ruled(subnet: string, width: number): string {
  const name = fit(`── ${printable(subnet)} `, width)
  return name + '─'.repeat(Math.max(0, width - stringWidth(name)))
}

/** Nodes that fit below each other: how far a page goes. */
export function gridPage({height}: Pick<Room, 'height'>): number {
  return Math.max(1, height - 4)
}

function rowsOf(table: PathTable): readonly Row[] {
  let place = 0
  return subnetsOf(table).flatMap(({name, nodes}): Row[] => [{subnet: name}, ...nodes.map(() => ({place: place++}))])
}

function firstOfSubnets(table: PathTable): ReadonlySet<number> {
  const starts = new Set<number>()
  let place = 0
  for (const {nodes} of subnetsOf(table)) {
    if (place > 0) starts.add(place)
    place += nodes.length
  }
  return starts
}

interface CellLook {
  readonly chosen: Chosen
  readonly starts: ReadonlySet<number>
  readonly theme: Room['theme']
}

function cellText(table: PathTable, {from, to}: Chosen, {chosen, starts, theme}: CellLook): string {
  const order = matrixOrder(table)
  const [a, b] = [order[from] ?? 0, order[to] ?? 0]
  const kind = table.best(a, b)
  const {letter, shape} = pathKinds[kind]
  const isOdd = oddPairs(table).has(a * table.nodes.length + b)
  const isChosen = from === chosen.from && to === chosen.to
  const before = from === chosen.from && to - 1 === chosen.to ? ']' : isChosen ? '[' : starts.has(to) ? '│' : ' '
  const text = `${letter}${shape}${isOdd ? '!' : ' '}`
  const painted = (isOdd ? theme.bad : paintPath(kind, theme))(text)
  return before + (isChosen ? theme.chosen(painted) : painted)
}

const oddOf = new WeakMap<PathTable, ReadonlySet<number>>()

function oddPairs(table: PathTable): ReadonlySet<number> {
  const known = oddOf.get(table)
  if (known !== undefined) return known
  const found = new Set(table.odd.pairs.map(([from, to]) => from * table.nodes.length + to))
  oddOf.set(table, found)
  return found
}

/** Names that are short enough stand above their columns; else numbers do. */
function isNumbered({nodes}: PathTable): boolean {
  return nodes.some(({name}) => stringWidth(name) >= cell)
}

const widths = new WeakMap<PathTable, number>()

function labelWidth(table: PathTable): number {
  const known = widths.get(table)
  if (known !== undefined) return known
  const names = Math.min(widestName, Math.max(0, ...table.nodes.map(({name}) => stringWidth(printable(name)))))
  const found = names + (isNumbered(table) ? 5 : 0) + 1
  widths.set(table, found)
  return found
}

function labelOf(table: PathTable, node: number, place: number, width: number): string {
  const name = printable(table.nodes[node]?.name ?? '')
  const text = isNumbered(table) ? `${String(place + 1).padStart(4)} ${fit(name, widestName)}` : name
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

function headOf(table: PathTable, node: number, place: number): string {
  const text = isNumbered(table) ? String(place + 1) : (table.nodes[node]?.name ?? '')
  return fit(text, cell - 1).padEnd(cell - 1)
}
