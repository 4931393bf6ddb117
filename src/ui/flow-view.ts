import type {ChangedFlow} from '../diagnostics/flows/compare.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import type {Column} from './table.ts'
import type {View} from './view.ts'
import {fit} from './width.ts'

export interface FlowListRow extends ChangedFlow {
  readonly node: string
  /** missing: wanted, not there; extra: there, wanted by nobody; different; here, there: of two that are compared. */
  readonly problem?: FlowProblem
}
export type FlowProblem = 'missing' | 'extra' | 'different' | 'here' | 'there'

const marks: Readonly<Record<FlowProblem, string>> = {
  missing: '- wanted, not there: ',
  extra: '+ there, not wanted: ',
  different: '! not as wanted: ',
  here: '+ ',
  there: '- ',
}

/** For -o wide, and for --sort-by. */
export const flowColumns: readonly Column<FlowListRow>[] = [
  {title: 'NODE', value: ({node}) => node},
  {title: 'TABLE', value: ({table}) => table},
  {title: 'PRIORITY', value: ({priority}) => priority, align: 'right'},
  {title: 'PACKETS', value: ({packets}) => packets, align: 'right'},
  {title: 'CHANGE', value: ({change}) => change, align: 'right'},
  {title: 'BYTES', value: ({bytes}) => bytes, align: 'right', spare: 1},
  {title: 'OWNER', value: ({owner}) => owner},
  {title: 'MATCH', value: ({says}) => says.match.join(', ')},
  {title: 'ACTIONS', value: ({says}) => says.actions.join(', ')},
  {title: 'COOKIE', value: ({cookie}) => cookie, spare: 2},
]

export interface FlowViewOptions {
  readonly asks: (table: string) => string | undefined
  /** As the switch printed it. */
  readonly raw: boolean
  /** What it means that there is none. */
  readonly none: string
}

/** Under each Node its tables in the packet's order, under each table its flows. */
export function flowLines(rows: readonly FlowListRow[], view: View, {asks, raw, none}: FlowViewOptions): string[] {
  const {theme, width, headers = true} = view
  if (rows.length === 0) return [theme.faint(none)]
  return [...Map.groupBy(rows, ({node}) => node)].flatMap(([node, flows], at) => {
    const heading =
      theme.heading(`Node ${printable(node)}`) +
      theme.faint(`, ${flows.length} ${flows.length === 1 ? 'flow' : 'flows'}`)
    const body = [...Map.groupBy(flows, ({table}) => table)].flatMap(([table, ofTable]) => [
      ...(headers
        ? ['', fit(`  ${theme.key(printable(table))}  ${theme.faint(asks(table) ?? '')}`.trimEnd(), width)]
        : []),
      ...ofTable.flatMap((row) => flowText(row, view, raw)),
    ])
    return [...(headers ? [...(at === 0 ? [] : ['']), heading] : []), ...body]
  })
}

function flowText(row: FlowListRow, {theme, width}: View, raw: boolean): string[] {
  const mark = row.problem === undefined ? '' : marks[row.problem]
  if (raw) return [printable(mark + row.flow)]
  const lines = fold(printable(`    ${mark}${wordsOf(row)}`), width)
  if (row.problem === undefined) return lines
  return lines.map(row.problem === 'missing' || row.problem === 'there' ? theme.bad : theme.warn)
}

function wordsOf({packets, change, priority, says, owner}: FlowListRow): string {
  const count = String(packets ?? '-').padStart(9) + (change === undefined ? '' : ` ${`+${change}`.padStart(7)}`)
  const match = [`priority=${priority}`, ...says.match].join(', ')
  return `${count}  ${match} → ${says.actions.join(', ')}${owner === undefined ? '' : `  [${owner}]`}`
}
