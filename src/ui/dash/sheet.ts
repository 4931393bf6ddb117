import type {Listing} from '../listing.ts'
import type {Column} from '../table.ts'
import type {Theme} from '../theme.ts'

/** Rows of whatever kind, reduced to what a list shows of them: one list view draws them all. */
export interface Sheet {
  readonly columns: readonly Column<SheetRow>[]
  readonly rows: readonly SheetRow[]
  /** Nodes that did not answer; their rows are those of the look before. */
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
}

export interface SheetRow {
  readonly cells: readonly (string | number | undefined)[]
  readonly paints: readonly Paint[]
  /** What other commands call it, where it has a name. */
  readonly name: string | undefined
  readonly node: string | undefined
  /** All of it, for YAML. */
  readonly value: unknown
  readonly stale: boolean
}
type Paint = (theme: Theme) => ((text: string) => string) | undefined

/** What a command lists, as a sheet. `before`: the look before this one. */
export function sheetOf<Row extends {readonly node?: string}>(
  {rows, columns, name, failures = []}: Listing<Row>,
  before?: Sheet,
): Sheet {
  const silent = failures.map(({node, error}) => ({node, reason: error.message}))
  const missing = new Set(silent.map(({node}) => node))
  const kept = (before?.rows ?? []).filter(({node}) => node !== undefined && missing.has(node))
  return {
    columns: columns.map((column, at) => ({
      ...column,
      value: ({cells}: SheetRow) => cells[at],
      paint: ({paints}: SheetRow, theme: Theme) => paints[at]?.(theme),
    })),
    rows: [
      ...rows.map((row) => ({
        cells: columns.map((column) => column.value(row)),
        paints: columns.map((column) => (theme: Theme) => column.paint?.(row, theme)),
        name: name?.(row),
        node: row.node,
        value: row,
        stale: false,
      })),
      ...kept.map((row) => ({...row, stale: true})),
    ],
    silent,
  }
}
