import {sortRows} from '../sort.ts'
import type {ListPlace} from './place.ts'
import type {Sheet, SheetRow} from './sheet.ts'

type Choice = Pick<ListPlace, 'filter' | 'sort'>

const known = new WeakMap<Sheet, {readonly choice: string; readonly rows: readonly SheetRow[]}>()

/** The rows that pass the filter, in the chosen order; found once for each sheet and choice. */
export function rowsShown(sheet: Sheet, {filter, sort}: Choice): readonly SheetRow[] {
  const choice = JSON.stringify([filter, sort])
  const last = known.get(sheet)
  if (last?.choice === choice) return last.rows
  const rows = ordered(sheet, filtered(sheet.rows, filter), sort)
  known.set(sheet, {choice, rows})
  return rows
}

/** Every word must be in the row, in any case; one with ! before it must not. */
function filtered(rows: readonly SheetRow[], filter: string): readonly SheetRow[] {
  const words = filter
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '' && word !== '!')
  if (words.length === 0) return rows
  return rows.filter(({cells}) => {
    const text = cells.join(' ').toLowerCase()
    return words.every((word) => (word.startsWith('!') ? !text.includes(word.slice(1)) : text.includes(word)))
  })
}

function ordered(sheet: Sheet, rows: readonly SheetRow[], sort: Choice['sort']): readonly SheetRow[] {
  if (sort === undefined || rows.length === 0 || !sortTitles({...sheet, rows}).includes(sort.title)) return rows
  const up = sortRows(rows, sort.title, sheet.columns)
  return sort.down ? up.toReversed() : up
}

/** Columns that some row has something in. */
export function sortTitles({columns, rows}: Sheet): readonly string[] {
  return columns.filter(({value}) => rows.some((row) => value(row) !== undefined)).map(({title}) => title)
}
