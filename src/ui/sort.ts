import {AntctlError} from '../model/errors.ts'
import {valuesAt, textOf} from './jsonpath/evaluate.ts'
import {parseRelaxedPath} from './jsonpath/parse.ts'
import type {Column} from './table.ts'

/** Rows in the order of a column (by its title, in any case) or of kubectl's path into a row: `.ips[0]`. */
export function sortRows<Row>(rows: readonly Row[], by: string, columns: readonly Column<Row>[]): readonly Row[] {
  const key = keyOf(by, columns)
  const keyed = rows.map((row) => ({row, key: key(row)}))
  if (rows.length > 0 && keyed.every(({key: value}) => value === undefined)) {
    throw new AntctlError('USAGE', `--sort-by ${JSON.stringify(by)}: no row has that`, {
      remedy: [`the columns are ${columns.map(({title}) => title).join(', ')}`],
    })
  }
  return keyed.toSorted((a, b) => compare(a.key, b.key)).map(({row}) => row)
}

function keyOf<Row>(by: string, columns: readonly Column<Row>[]): (row: Row) => unknown {
  const column = columns.find(({title}) => title.toLowerCase() === by.toLowerCase())
  if (column !== undefined) return column.value
  const path = parseRelaxedPath(by)
  return (row) => valuesAt(path, row)[0]
}

/** Numbers as numbers, addresses and names by the numbers in them; what has nothing comes first, as with kubectl. */
function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return textOf(a).localeCompare(textOf(b), 'en', {numeric: true})
}
