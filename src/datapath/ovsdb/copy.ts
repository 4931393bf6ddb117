import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {type Column, type Row, type TableName, tables} from './schema.ts'

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

/** Our copy of the database: rows by uuid, kept by the server's updates. */
export class DatabaseCopy {
  readonly #tables: {[Name in TableName]: Map<string, Row<Name>>} = {
    Open_vSwitch: new Map(),
    Bridge: new Map(),
    Port: new Map(),
    Interface: new Map(),
  }

  rows<Name extends TableName>(table: Name): Rows<Name> {
    return this.#tables[table]
  }

  clear(): void {
    for (const rows of Object.values(this.#tables)) rows.clear()
  }

  apply(updates: unknown): void {
    const read = v.safeParse(tableUpdates, updates)
    if (!read.success) throw new AntctlError('OVSDB', `unreadable update: ${read.issues[0].message}`)
    for (const [name, rows] of Object.entries(read.output)) {
      if (!isTable(name)) continue
      for (const [id, update] of Object.entries(rows)) this.#applyRow(name, id, update)
    }
  }

  #applyRow(name: TableName, id: string, update: v.InferOutput<typeof rowUpdate>): void {
    const rows: Map<string, object> = this.#tables[name]
    const fresh = update.initial ?? update.insert
    if (fresh !== undefined) rows.set(id, readRow(name, fresh, undefined))
    else if (update.modify !== undefined) rows.set(id, readRow(name, update.modify, rows.get(id)))
    else rows.delete(id)
  }
}

/** monitor requests: all columns that we know of every table. */
export function monitorRequests(): Record<string, readonly {readonly columns: readonly string[]}[]> {
  return Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, [{columns: Object.keys(columns)}]]))
}

function readRow(name: TableName, json: Readonly<Record<string, unknown>>, old: object | undefined): object {
  const columns: Readonly<Record<string, Column<unknown>>> = tables[name]
  const before = new Map(Object.entries(old ?? {}))
  return Object.fromEntries(
    Object.entries(columns).map(([key, column]) => {
      if (!Object.hasOwn(json, key)) return [key, before.has(key) ? before.get(key) : column.empty]
      return [key, before.has(key) ? column.merge(before.get(key), json[key]) : column.decode(json[key])]
    }),
  )
}

function isTable(name: string): name is TableName {
  return Object.hasOwn(tables, name)
}
