import type {PathTable} from '../diagnostics/paths/table.ts'
import {type PathFault, type PathKind, pathKindNames, pathKinds} from '../model/path.ts'
import {fold} from './fold.ts'
import {paintPath} from './path-columns.ts'
import {printable} from './printable.ts'
import type {View} from './view.ts'
import {fit, stringWidth} from './width.ts'

/** Nodes that are alike towards all others, or one Node: a row and a column of the matrix. */
interface Unit {
  readonly name: string
  readonly members: readonly number[]
}

const cell = 4
/** Of a file, which has no width. */
const pageWidth = 160
const shownFaults = 8

/** From above to the right: who sends is the row. One Node a row where there is room, else one subnet. */
export function matrixLines(table: PathTable, view: View): string[] {
  const {theme} = view
  const width = view.width ?? pageWidth
  const units = unitsThatFit(table, width)
  const labels = Math.min(28, Math.max(...units.map(({name}) => stringWidth(name))))
  const numbered = units.some(({name}) => stringWidth(name) > cell - 1)
  const heading = (name: string, at: number) => (numbered ? String(at + 1) : name).padEnd(cell)
  const label = ({name}: Unit, at: number) =>
    `${numbered ? `${String(at + 1).padStart(3)} ` : ''}${fit(name, labels).padEnd(labels)}`
  const indent = ' '.repeat(labels + (numbered ? 4 : 0))
  return [
    ...fold(title(table, units), view.width).map(theme.heading),
    theme.faint(`${indent}  ${units.map(({name}, at) => heading(name, at)).join('')}`.trimEnd()),
    ...units.map((from, at) =>
      `${label(from, at)}  ${units.map((to) => cellText(table, from, to, view)).join('')}`.trimEnd(),
    ),
    '',
    ...legend(table, view).flatMap((line) => fold(line, view.width)),
  ]
}

/** What is odd, in full, each with what to do. */
export function faultLines({odd, row}: PathTable, view: View): string[] {
  const {theme, width} = view
  const faults = new Map<string, PathFault>()
  for (const [from, to] of odd.pairs) for (const fault of row(from, to).faults) faults.set(fault.sentence, fault)
  const shown = [...faults.values()].slice(0, view.wide === true ? faults.size : shownFaults)
  const rest = faults.size - shown.length
  // A thousand pairs may have one remedy.
  const byRemedy = Map.groupBy(shown, ({kind, remedy}) => `${kind} ${remedy ?? ''}`)
  return [
    ...[...byRemedy.values()].flatMap((alike) => [
      ...alike.flatMap(({kind, sentence}) =>
        fold(`! ${kind}: ${printable(sentence)}`, width).map(kind === 'broken' ? theme.bad : theme.warn),
      ),
      ...fold(`  ${printable(alike[0]?.remedy ?? '')}`.trimEnd(), width)
        .filter((line) => line !== '')
        .map(theme.faint),
    ]),
    ...(rest > 0 ? [theme.faint(`and ${rest} more: -o wide`)] : []),
    odd.count === 0 ? theme.good('nothing is odd') : theme.warn(`${odd.count} ordered pairs are odd`),
  ]
}

const sourceWords = {
  predicted: 'predicted by modes, addresses and masks',
  installed: 'installed: by flow and kernel route',
  observed: "observed: by the agents' probes",
} as const

function title({family, nodes, sources}: PathTable, units: readonly Unit[]): string {
  const pairs = nodes.length * (nodes.length - 1)
  const by = units.length < nodes.length ? `, in ${units.length} groups by subnet and mode` : ''
  return `IPv${family}: ${nodes.length} Nodes, ${pairs} ordered pairs${by}; ${sourceWords[sources.at(-1) ?? 'predicted']}`
}

function unitsThatFit({nodes}: PathTable, width: number): readonly Unit[] {
  const single = nodes.map(({name}, at): Unit => ({name, members: [at]}))
  const longest = Math.min(28, Math.max(...nodes.map(({name}) => stringWidth(name))))
  if (longest + 6 + single.length * cell <= width) return single
  const groups = Map.groupBy(nodes.keys(), (at) => {
    const {transport, mode} = nodes[at] ?? {}
    return `${transport === undefined ? 'no address' : subnetName(transport)} ${mode ?? ''}`.trim()
  })
  return [...groups].map(([name, members]) => ({name: `${name} (${members.length})`, members}))
}

function subnetName({ip, prefix}: {readonly ip: string; readonly prefix: number}): string {
  const kept = Math.floor(prefix / 8)
  return ip.includes(':') ? `${ip}/${prefix}` : `${ip.split('.').slice(0, Math.max(1, kept)).join('.')}.*/${prefix}`
}

/** "R─ ", with ! behind where something is odd; "** " where the pairs of a group differ. */
function cellText(table: PathTable, from: Unit, to: Unit, {theme}: View): string {
  const kinds = kindsBetween(table, from, to)
  const isOdd = oddOf(table).some(([a, b]) => from.members.includes(a) && to.members.includes(b))
  const [kind, other] = kinds
  const text =
    kind === undefined ? '' : other === undefined ? `${pathKinds[kind].letter}${pathKinds[kind].shape}` : '**'
  const marked = `${text}${isOdd ? '!' : ''}`.padEnd(cell)
  return kind === undefined ? marked : (isOdd ? theme.bad : paintPath(kind, theme))(marked)
}

function oddOf({odd}: PathTable): PathTable['odd']['pairs'] {
  return odd.pairs
}

/** Between different Nodes; of a single one with itself, local. */
function kindsBetween(table: PathTable, from: Unit, to: Unit): readonly PathKind[] {
  const kinds = new Set<PathKind>()
  for (const a of from.members)
    for (const b of to.members) if (a !== b || from.members.length === 1) kinds.add(table.best(a, b))
  return [...kinds]
}

function legend(table: PathTable, {theme}: View): string[] {
  const size = table.nodes.length
  const seen = new Set<PathKind>()
  for (let from = 0; from < size; from++) for (let to = 0; to < size; to++) seen.add(table.best(from, to))
  const words = pathKindNames
    .filter((kind) => seen.has(kind))
    .map((kind) => `${pathKinds[kind].letter}${pathKinds[kind].shape} ${pathKinds[kind].says}`)
  return [theme.faint([...words, ...(table.odd.count > 0 ? ['! odd'] : [])].join(';  '))]
}
