import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {sameValue} from './columns.ts'
import {columnsOf, isTable, type Row, type TableName, tables} from './schema.ts'

const rowJson = v.record(v.string(), v.unknown())
/** ovsdb-server(7), "update2": what happened to a row. */
const rowUpdate = v.object({
  initial: v.optional(rowJson),
  insert: v.optional(rowJson),
  modify: v.optional(rowJson),
  delete: v.optional(v.unknown()),
})
const tableUpdates = v.record(v.string(), v.record(v.string(), rowUpdate))

export type Rows<Name extends TableName> = ReadonlyMap<string, Row<Name>>
type Tables = {[Name in TableName]: Map<string, Row<Name>>}

/** Our copy of the database: rows by uuid, kept by the server's updates. Both verbs tell which tables really changed. */
export class DatabaseCopy {
  #tables = emptyTables()

  rows<Name extends TableName>(table: Name): Rows<Name> {
    return this.#tables[table]
  }

  /** What happened since the copy was made; throws OVSDB for what does not fit it. */
  apply(updates: unknown): ReadonlySet<TableName> {
    return applyTo(this.#tables, updates)
  }

  /** A whole copy in place of this one; rows that are the same stay the same objects. */
  replace(updates: unknown): ReadonlySet<TableName> {
    const fresh = emptyTables()
    applyTo(fresh, updates)
    const before = this.#tables
    this.#tables = fresh
    return new Set(
      Object.keys(tables)
        .filter(isTable)
        .filter((name) => !keepSame(name, before[name], fresh[name])),
    )
  }
}

/** monitor requests: all columns that we know of every table. */
export function monitorRequests(): Record<string, readonly {readonly columns: readonly string[]}[]> {
  return Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, [{columns: Object.keys(columns)}]]))
}

function emptyTables(): Tables {
  return {Open_vSwitch: new Map(), Bridge: new Map(), Port: new Map(), Interface: new Map()}
}

function applyTo(copy: Tables, updates: unknown): ReadonlySet<TableName> {
  const read = v.safeParse(tableUpdates, updates)
  if (!read.success) throw new AntctlError('OVSDB', `unreadable update: ${read.issues[0].message}`)
  const changed = new Set<TableName>()
  for (const [name, rows] of Object.entries(read.output)) {
    if (!isTable(name)) continue
    for (const [id, update] of Object.entries(rows)) if (applyRow(copy[name], name, id, update)) changed.add(name)
  }
  return changed
}

function applyRow(
  rows: Map<string, object>,
  name: TableName,
  id: string,
  update: v.InferOutput<typeof rowUpdate>,
): boolean {
  const fresh = update.initial ?? update.insert
  const old = rows.get(id)
  if (fresh === undefined && update.modify === undefined) return rows.delete(id)
  if (fresh === undefined && old === undefined)
    throw new AntctlError('OVSDB', `ovsdb-server changed a row of ${name} that it had not told of`)
  const row = fresh === undefined ? readRow(name, update.modify ?? {}, old) : readRow(name, fresh, undefined)
  rows.set(id, row)
  return old === undefined || !sameRow(name, old, row)
}

function readRow(name: TableName, json: Readonly<Record<string, unknown>>, old: object | undefined): object {
  const before = new Map(Object.entries(old ?? {}))
  return Object.fromEntries(
    Object.entries(columnsOf(name)).map(([key, column]) => {
      if (!Object.hasOwn(json, key)) return [key, before.has(key) ? before.get(key) : column.empty]
      return [key, before.has(key) ? column.merge(before.get(key), json[key]) : column.decode(json[key])]
    }),
  )
}

/** Takes over rows of before that are the same; true when all are, and none is gone. */
function keepSame(name: TableName, before: ReadonlyMap<string, object>, fresh: Map<string, object>): boolean {
  let same = before.size === fresh.size
  for (const [id, row] of fresh) {
    const old = before.get(id)
    if (old !== undefined && sameRow(name, old, row)) fresh.set(id, old)
    else same = false
  }
  return same
}

function sameRow(name: TableName, a: object, b: object): boolean {
  return Object.keys(columnsOf(name)).every((key) => sameValue(Reflect.get(a, key), Reflect.get(b, key)))
}
