import {sameValue, set} from './columns.ts'
import {columnsOf, type Row, type TableName} from './schema.ts'

/** One operation of RFC 7047 §5.2 on the wire; made by the functions below, which know the tables. */
export type Operation =
  | {readonly op: 'insert'; readonly table: TableName; readonly 'uuid-name'?: string; readonly row: WireRow}
  | {readonly op: 'update'; readonly table: TableName; readonly where: Where; readonly row: WireRow}
  | {readonly op: 'mutate'; readonly table: TableName; readonly where: Where; readonly mutations: readonly Mutation[]}
  | {readonly op: 'select'; readonly table: TableName; readonly where: Where; readonly columns: readonly string[]}
  | {
      readonly op: 'wait'
      readonly table: TableName
      readonly timeout: 0
      readonly where: Where
      readonly columns: readonly string[]
      readonly until: '==' | '!='
      readonly rows: readonly WireRow[]
    }
  | {readonly op: 'comment'; readonly comment: string}
type WireRow = Readonly<Record<string, unknown>>
type Where = readonly (readonly [string, string, unknown])[]
type Mutation = readonly [string, string, unknown]

/** A row by its uuid; without an id every row of the table, which for Open_vSwitch is its only one. */
export interface At<Name extends TableName> {
  readonly table: Name
  readonly id?: string
}

/** Columns of a table whose values are T. */
type ColumnOf<Name extends TableName, T> = {
  [Key in keyof Row<Name>]: Row<Name>[Key] extends T ? Key : never
}[keyof Row<Name>] &
  string

/** `uuidName` is how other operations of the transaction refer to the new row. */
export function insert<Name extends TableName>(table: Name, row: Partial<Row<Name>>, uuidName?: string): Operation {
  return {op: 'insert', table, ...(uuidName !== undefined && {'uuid-name': uuidName}), row: encode(table, row)}
}

export function update<Name extends TableName>({table, id}: At<Name>, row: Partial<Row<Name>>): Operation {
  return {op: 'update', table, where: whereId(id), row: encode(table, row)}
}

/** Puts values into a set, or takes them out. */
export function mutateSet<Name extends TableName>(
  {table, id}: At<Name>,
  column: ColumnOf<Name, readonly string[]>,
  mutator: 'insert' | 'delete',
  values: readonly string[],
): Operation {
  return {op: 'mutate', table, where: whereId(id), mutations: [[column, mutator, encodeOne(table, column, values)]]}
}

/** Sets keys of a map, undefined takes one away. A map keeps the old value of a key that is inserted again: out first. */
export function mutateMap<Name extends TableName>(
  {table, id}: At<Name>,
  column: ColumnOf<Name, Readonly<Record<string, string>>>,
  keys: Readonly<Record<string, string | undefined>>,
): Operation {
  const kept = Object.entries(keys).filter(([, value]) => value !== undefined)
  const mutations: Mutation[] = [
    [column, 'delete', set(Object.keys(keys))],
    [column, 'insert', ['map', kept]],
  ]
  return {op: 'mutate', table, where: whereId(id), mutations}
}

export function increment<Name extends TableName>({table, id}: At<Name>, column: ColumnOf<Name, number>): Operation {
  return {op: 'mutate', table, where: whereId(id), mutations: [[column, '+=', 1]]}
}

export function select<Name extends TableName>(
  {table, id}: At<Name>,
  columns: readonly (keyof Row<Name> & string)[],
): Operation {
  return {op: 'select', table, where: whereId(id), columns}
}

/** Fails the whole transaction, unless no row of the table has this name. */
export function requireNone(table: Exclude<TableName, 'Open_vSwitch'>, name: string): Operation {
  return {op: 'wait', table, timeout: 0, where: [['name', '==', name]], columns: ['name'], until: '==', rows: []}
}

/** Is there a column in `want` that `have` has otherwise? */
export function differs(have: object, want: object): boolean {
  return Object.entries(want).some(([key, value]) => !sameValue(Reflect.get(have, key), value))
}

function whereId(id: string | undefined): Where {
  return id === undefined ? [] : [['_uuid', '==', ['uuid', id]]]
}

function encode(table: TableName, row: object): WireRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, encodeOne(table, name, value)]))
}

function encodeOne(table: TableName, name: string, value: unknown): unknown {
  return columnsOf(table)[name]?.encode(value)
}
