import type {AntctlError} from '../model/errors.ts'
import {isTable, type OutputFormat, serialize} from './output.ts'
import {printable} from './printable.ts'
import {sortRows} from './sort.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

/** What a command found, for every way of writing it: rows with their columns, and the Nodes that did not answer. */
export interface Listing<Row> {
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  /** For -o name: what other commands take. Absent: rows have no name. */
  readonly name?: (row: Row) => string
  readonly failures?: readonly NodeFailure[]
  /** A person named one thing: programs get it by itself, not in a list. */
  readonly single?: boolean
  /** For people instead of one table; headings are left out where `headers` is false. */
  readonly lines?: (rows: readonly Row[], view: View) => readonly string[]
  /** For people, below the table. */
  readonly notes?: (view: View) => readonly string[]
}

export interface NodeFailure {
  readonly node: string
  readonly error: AntctlError
}

export interface ListingOptions {
  readonly format: OutputFormat
  readonly sortBy?: string | undefined
}

/** The listing as text; a Node that failed is a row with its reason where rows are shown. */
export async function listingText<Row>(
  listing: Listing<Row>,
  {format, sortBy}: ListingOptions,
  view: View,
): Promise<string> {
  const ordered = sorted(listing, sortBy)
  if (isTable(format)) return block(peopleLines(ordered, {...view, wide: format === 'wide'}))
  if (format === 'name') return block(ordered.rows.map((row) => printable(ordered.name?.(row) ?? '')))
  return serialize(valueOf(ordered), format)
}

export function sorted<Row>(listing: Listing<Row>, by: string | undefined): Listing<Row> {
  return by === undefined ? listing : {...listing, rows: sortRows(listing.rows, by, listing.columns)}
}

/** What programs get. */
export function valueOf<Row>({rows, failures = [], single = false}: Listing<Row>): unknown {
  if (single && rows.length === 1 && failures.length === 0) return rows[0]
  return [...rows, ...failures.map(({node, error}) => ({node, error: {code: error.code, message: error.message}}))]
}

function peopleLines<Row>({rows, columns, failures = [], lines, notes}: Listing<Row>, view: View): readonly string[] {
  const failed = failures.map(({node, error}) => ({node, reason: error.message}))
  const body =
    lines === undefined
      ? tableLines(columns, rows, {...view, failed})
      : [...lines(rows, view), ...failed.map(({node, reason}) => view.theme.bad(printable(`${node}  ${reason}`)))]
  return [...body, ...(notes?.(view) ?? [])]
}

function block(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
