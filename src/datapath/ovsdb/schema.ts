import {type Column, integer, map, optionalInteger, optionalString, references, string, strings} from './columns.ts'

/**
 * The tables and columns of vswitch.ovsschema (ovs-vswitchd.conf.db(5)) that we use. None is ephemeral:
 * those are empty for a while after a restart of ovsdb-server. schema-check.ts holds them against
 * the schema of the server at each connect.
 */
export const tables = {
  Open_vSwitch: {
    bridges: references('Bridge'),
    cur_cfg: integer,
    next_cfg: integer,
    ovs_version: optionalString,
    other_config: map,
    external_ids: map,
  },
  Bridge: {
    name: string,
    ports: references('Port'),
    datapath_type: string,
    fail_mode: optionalString,
    protocols: strings,
    other_config: map,
    external_ids: map,
  },
  Port: {name: string, interfaces: references('Interface', {min: 1}), external_ids: map},
  Interface: {
    name: string,
    type: string,
    options: map,
    ofport: optionalInteger,
    ofport_request: optionalInteger,
    mac: optionalString,
    mtu_request: optionalInteger,
    external_ids: map,
    error: optionalString,
  },
} as const

export type TableName = keyof typeof tables
export type Row<Name extends TableName> = {
  readonly [Key in keyof (typeof tables)[Name]]: (typeof tables)[Name][Key] extends Column<infer T> ? T : never
}

export function columnsOf(table: TableName): Readonly<Record<string, Column<unknown>>> {
  return tables[table]
}

export function isTable(name: string): name is TableName {
  return Object.hasOwn(tables, name)
}
