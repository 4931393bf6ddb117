import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'

/**
 * How a column's value stands in JSON (RFC 7047 §5.1) and what it is for us. `merge` applies an update2 "modify", which
 * carries a new value for a column of one value and the difference for a set or map (ovsdb-server(7), monitor_cond).
 */
export interface Column<T> {
  /** What a column has that an insert does not name. */
  readonly empty: T
  decode(json: unknown): T
  encode(value: T): unknown
  merge(old: T, change: unknown): T
}

export const string = scalar(v.string(), '')
export const integer = scalar(v.number(), 0)
/** A set of at most one value. */
export const optionalString = optional(v.string())
export const optionalInteger = optional(v.number())
/** Rows that are referred to. */
export const references: Column<readonly string[]> = setOf(
  (json) => check(v.tuple([v.literal('uuid'), v.string()]), json)[1],
  uuid,
)
export const strings: Column<readonly string[]> = setOf(
  (json) => check(v.string(), json),
  (value) => value,
)

const mapJson = v.tuple([v.literal('map'), v.array(v.tuple([v.string(), v.string()]))])
export const map: Column<Readonly<Record<string, string>>> = {
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

/** The tables and columns of vswitch.ovsschema (ovs-vswitchd.conf.db(5)) that we use. */
export const tables = {
  Open_vSwitch: {
    bridges: references,
    cur_cfg: integer,
    next_cfg: integer,
    ovs_version: optionalString,
    other_config: map,
    external_ids: map,
  },
  Bridge: {
    name: string,
    ports: references,
    datapath_type: string,
    fail_mode: optionalString,
    protocols: strings,
    other_config: map,
    external_ids: map,
  },
  Port: {name: string, interfaces: references, external_ids: map},
  Interface: {
    name: string,
    type: string,
    options: map,
    ofport: optionalInteger,
    ofport_request: optionalInteger,
    mac: optionalString,
    mac_in_use: optionalString,
    mtu: optionalInteger,
    mtu_request: optionalInteger,
    external_ids: map,
    error: optionalString,
  },
} as const
export type TableName = keyof typeof tables
export type Row<Name extends TableName> = {
  readonly [Key in keyof (typeof tables)[Name]]: (typeof tables)[Name][Key] extends Column<infer T> ? T : never
}

export function uuid(id: string): readonly [string, string] {
  return ['uuid', id]
}

/** A row of this transaction, by the uuid-name of its insert. */
export function namedUuid(name: string): readonly [string, string] {
  return ['named-uuid', name]
}

export function set(values: readonly unknown[]): readonly [string, readonly unknown[]] {
  return ['set', values]
}

function scalar<T>(kind: v.GenericSchema<unknown, T>, empty: T): Column<T> {
  const decode = (json: unknown): T => check(kind, json)
  return {empty, decode, encode: (value) => value, merge: (_, change) => decode(change)}
}

function optional<T>(kind: v.GenericSchema<unknown, T>): Column<T | undefined> {
  const decode = (json: unknown): T | undefined => {
    const [value] = elementsOf(json)
    return value === undefined ? undefined : check(kind, value)
  }
  const encode = (value: T | undefined): unknown => (value === undefined ? set([]) : value)
  return {empty: undefined, decode, encode, merge: (_, change) => decode(change)}
}

function setOf(element: (json: unknown) => string, encode: (value: string) => unknown): Column<readonly string[]> {
  const decode = (json: unknown): readonly string[] => elementsOf(json).map(element)
  return {
    empty: [],
    decode,
    encode: (values) => set(values.map(encode)),
    merge(old, change) {
      const changed = decode(change)
      return [...old.filter((value) => !changed.includes(value)), ...changed.filter((value) => !old.includes(value))]
    },
  }
}

/** §5.1: a set of one element may stand without its brackets. */
function elementsOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) && json[0] === 'set' && Array.isArray(json[1]) ? json[1] : [json]
}

function check<T>(kind: v.GenericSchema<unknown, T>, json: unknown): T {
  const read = v.safeParse(kind, json)
  if (read.success) return read.output
  throw new AntctlError('OVSDB', `ovsdb-server sent ${JSON.stringify(json)}: ${read.issues[0].message}`)
}
