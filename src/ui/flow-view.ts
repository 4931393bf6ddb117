import type {FlowRow} from '../diagnostics/flows/rows.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {fit} from './width.ts'
import type {Theme} from './theme.ts'

export interface FlowViewOptions {
  readonly theme: Theme
  readonly width?: number | undefined
  readonly asks: (table: string) => string | undefined
}

/** Flows of several Nodes: under each Node its tables in the packet's order, under each table its flows. */
export function flowLines(
  nodes: readonly {readonly node: string; readonly flows: readonly FlowRow[]}[],
  {theme, width, asks}: FlowViewOptions,
): string[] {
  return nodes.flatMap(({node, flows}, at) => {
    const tables = Map.groupBy(flows, ({table}) => table)
    const heading = theme.heading(`Node ${printable(node)}`) + theme.faint(`, ${flows.length} flows`)
    const body = [...tables].flatMap(([table, rows]) => [
      '',
      fit(`  ${theme.key(printable(table))}  ${theme.faint(asks(table) ?? '')}`.trimEnd(), width),
      ...rows.flatMap((row) => fold(`    ${flowText(row)}`, width)),
    ])
    return [...(at === 0 ? [] : ['']), heading, ...body]
  })
}

function flowText({packets, priority, match, actions}: FlowRow): string {
  const count = String(packets ?? '-').padStart(9)
  return printable(`${count}  ${[`priority=${priority}`, match].filter((part) => part !== '').join(',')} → ${actions}`)
}
