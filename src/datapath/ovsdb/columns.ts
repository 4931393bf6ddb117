import {isDeepStrictEqual} from 'node:util'
import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'

/** What the schema says of a column (RFC 7047 §3.2, <type>): how many values of which kind. */
export interface ColumnType {
  readonly key: 'string' | 'integer' | 'uuid'
  /** Of a map. */
  readonly value?: 'string'
  readonly min: 0 | 1
  readonly max: 1 | 'many'
  /** The table that uuids refer to. */
  readonly refTable?: string
}

/**
 * How a column's value stands in JSON (RFC 7047 §5.1) and what it is for us. `merge` applies an update2 "modify", which
 * carries a new value for a column of one value and the difference for a set or map (ovsdb-server(7), monitor_cond).
 */
export interface Column<T> {
  readonly type: ColumnType
  /** What a column has that an insert does not name. */
  readonly empty: T
  decode(json: unknown): T
  encode(value: T): unknown
  merge(old: T, change: unknown): T
}

const one = {min: 1, max: 1} as const
const atMostOne = {min: 0, max: 1} as const
const any = {min: 0, max: 'many'} as const

export const string = scalar({key: 'string', ...one}, v.string(), '')
export const integer = scalar({key: 'integer', ...one}, v.number(), 0)
export const optionalString = optional({key: 'string', ...atMostOne}, v.string())
export const optionalInteger = optional({key: 'integer', ...atMostOne}, v.number())
export const strings: Column<readonly string[]> = setOf(
  {key: 'string', ...any},
  (json) => check(v.string(), json),
  (value) => value,
)

/** Rows of another table, by uuid or by the uuid-name of an insert in the same transaction. */
export function references(refTable: string, {min = 0}: {readonly min?: 0 | 1} = {}): Column<readonly string[]> {
  const decode = (json: unknown): string => check(v.tuple([v.literal('uuid'), v.string()]), json)[1]
  return setOf({key: 'uuid', ...any, min, refTable}, decode, reference)
}

const mapJson = v.tuple([v.literal('map'), v.array(v.tuple([v.string(), v.string()]))])
export const map: Column<Readonly<Record<string, string>>> = {
  type: {key: 'string', value: 'string', ...any},
  empty: {},
  decode: (json) => Object.fromEntries(check(mapJson, json)[1]),
  encode: (value) => ['map', Object.entries(value)],
  merge(old, change) {
    const merged = new Map(Object.entries(old))
    for (const [key, value] of check(mapJson, change)[1]) {
      if (merged.get(key) === value) merged.delete(key)
      else merged.set(key, value)
    }
    return Object.fromEntries(merged)
  },
}

/** A uuid has dashes, and an <id> of RFC 7047 §3.1 has none. */
export function reference(id: string): readonly [string, string] {
  return [id.includes('-') ? 'uuid' : 'named-uuid', id]
}

export function set(values: readonly unknown[]): readonly [string, readonly unknown[]] {
  return ['set', values]
}

function scalar<T>(type: ColumnType, kind: v.GenericSchema<unknown, T>, empty: T): Column<T> {
  const decode = (json: unknown): T => check(kind, json)
  return {type, empty, decode, encode: (value) => value, merge: (_, change) => decode(change)}
}

function optional<T>(type: ColumnType, kind: v.GenericSchema<unknown, T>): Column<T | undefined> {
  const decode = (json: unknown): T | undefined => {
    const [value] = elementsOf(json)
    return value === undefined ? undefined : check(kind, value)
  }
  const encode = (value: T | undefined): unknown => (value === undefined ? set([]) : value)
  return {type, empty: undefined, decode, encode, merge: (_, change) => decode(change)}
}

function setOf(
  type: ColumnType,
  element: (json: unknown) => string,
  encode: (value: string) => unknown,
): Column<readonly string[]> {
  const decode = (json: unknown): readonly string[] => elementsOf(json).map(element)
  return {
    type,
    empty: [],
    decode,
    encode: (values) => set(values.map(encode)),
    merge(old, change) {
      const changed = new Set(decode(change))
      const before = new Set(old)
      return [...old.filter((value) => !changed.has(value)), ...[...changed].filter((value) => !before.has(value))]
    },
  }
}

/** Sets have no order, though each way to them gives one. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b)) return isDeepStrictEqual(a, b)
  return a.length === b.length && new Set<unknown>([...a, ...b]).size === a.length
}

/** §5.1: a set of one element may stand without its brackets. */
function elementsOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) && json[0] === 'set' && Array.isArray(json[1]) ? json[1] : [json]
}

function check<T>(kind: v.GenericSchema<unknown, T>, json: unknown): T {
  const read = v.safeParse(kind, json)
  if (read.success) return read.output
  throw new AntctlError(
    'OVSDB',
    `ovsdb-server sent ${JSON.stringify(json)?.slice(0, 200)}: ${read.issues[0].message.slice(0, 200)}`,
  )
}
