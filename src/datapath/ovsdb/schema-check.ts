import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import type {ColumnType} from './columns.ts'
import {columnsOf, isTable, tables} from './schema.ts'

/** RFC 7047 §3.2, <base-type>: a word, or an object with constraints. */
const baseType = v.union([
  v.pipe(
    v.string(),
    v.transform((type) => ({type, refTable: undefined})),
  ),
  v.object({type: v.string(), refTable: v.optional(v.string())}),
])
const columnType = v.union([
  v.pipe(
    v.string(),
    v.transform((type) => ({key: {type, refTable: undefined}, value: undefined, min: 1, max: 1})),
  ),
  v.object({
    key: baseType,
    value: v.optional(baseType),
    min: v.optional(v.number(), 1),
    max: v.optional(v.union([v.number(), v.literal('unlimited')]), 1),
  }),
])
const databaseSchema = v.object({
  version: v.optional(v.string(), 'unknown'),
  tables: v.record(v.string(), v.object({columns: v.record(v.string(), v.object({type: v.unknown()}))})),
})

/** Throws OVSDB for the first table or column of ours that the answer to get_schema lacks or has of another kind. */
export function checkSchema(answer: unknown): void {
  const read = v.safeParse(databaseSchema, answer)
  if (!read.success) throw new AntctlError('OVSDB', `ovsdb-server sent no readable schema: ${read.issues[0].message}`)
  const {version, tables: theirs} = read.output
  for (const table of Object.keys(tables).filter(isTable)) {
    const columns = Object.hasOwn(theirs, table) ? theirs[table]?.columns : undefined
    if (columns === undefined) throw unfit(`no table ${table}`, version)
    for (const [name, {type}] of Object.entries(columnsOf(table))) {
      const column = Object.hasOwn(columns, name) ? columns[name] : undefined
      if (column === undefined) throw unfit(`no column ${name} in table ${table}`, version)
      const found = describeTheirs(column.type)
      if (found !== describe(type))
        throw unfit(`${table}.${name} as ${found}, which should be ${describe(type)}`, version)
    }
  }
}

function unfit(what: string, version: string): AntctlError {
  return new AntctlError('OVSDB', `the database Open_vSwitch (schema ${version}) has ${what}`, {
    remedy: ['use Open vSwitch 2.17 or later', 'ovsdb-tool convert'],
  })
}

function describeTheirs(json: unknown): string {
  const read = v.safeParse(columnType, json)
  if (!read.success) return 'an unreadable type'
  const {key, value, min, max} = read.output
  return words(key.type, value?.type, min, max === 1 ? '1' : 'many', key.refTable)
}

function describe({key, value, min, max, refTable}: ColumnType): string {
  return words(key, value, min, String(max), refTable)
}

function words(key: string, value: string | undefined, min: number, max: string, refTable: string | undefined): string {
  const kind = value === undefined ? key : `map of ${key} to ${value}`
  return `${min} to ${max} ${kind}${refTable === undefined ? '' : ` of ${refTable}`}`
}
