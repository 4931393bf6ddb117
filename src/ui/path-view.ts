import type {PathTable} from '../diagnostics/paths/table.ts'
import type {PathRow} from '../model/path.ts'
import {pathColumns} from './path-columns.ts'
import {faultLines, matrixLines} from './path-matrix.ts'
import {tableLines} from './table.ts'
import type {View} from './view.ts'

/** A matrix a family, then what is odd; with -o wide a row a pair. */
export function pathLines(tables: readonly PathTable[], rows: readonly PathRow[], view: View): readonly string[] {
  if (view.wide === true) {
    const pairs = tables.reduce((sum, {nodes}) => sum + nodes.length * (nodes.length - 1), 0)
    const rest = pairs - rows.length
    return [
      ...tableLines(pathColumns, rows, view),
      ...(rest > 0
        ? [view.theme.faint(`${rest} more pairs, of which none is odd: --nodes shows those of some Nodes`)]
        : []),
      ...tables.flatMap((table) => ['', ...faultLines(table, view)]),
    ]
  }
  return tables.flatMap((table, at) => [
    ...(at === 0 ? [] : ['']),
    ...matrixLines(table, view),
    ...faultLines(table, view),
  ])
}
