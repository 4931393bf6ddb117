import {AntctlError} from '../../model/errors.ts'
import type {Operation, Ovsdb} from './connection.ts'
import {type Row, type TableName, uuid} from './schema.ts'

/** Commits, and waits until ovs-vswitchd has done it: it copies next_cfg to cur_cfg (ovs-vswitchd.conf.db(5)). */
export async function commit(ovsdb: Ovsdb, operations: readonly Operation[]): Promise<void> {
  const answers = await ovsdb.transact([
    ...operations,
    {op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]]},
    {op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg']},
  ])
  const wanted = Number(answers.at(-1)?.rows?.[0]?.['next_cfg'])
  await ovsdb.waitFor('the change of Open vSwitch', () => {
    const [done] = [...ovsdb.rows('Open_vSwitch').values()]
    return done !== undefined && done.cur_cfg >= wanted ? true : undefined
  })
}

export function findRow<Name extends Exclude<TableName, 'Open_vSwitch'>>(
  ovsdb: Ovsdb,
  table: Name,
  name: string,
): {readonly id: string; readonly row: Row<Name>} | undefined {
  for (const [id, row] of ovsdb.rows(table)) if ('name' in row && row.name === name) return {id, row}
  return undefined
}

export function requireBridge(ovsdb: Ovsdb, name: string): {readonly id: string; readonly row: Row<'Bridge'>} {
  const bridge = findRow(ovsdb, 'Bridge', name)
  if (bridge === undefined) throw new AntctlError('OVSDB', `Open vSwitch has no bridge ${name}`)
  return bridge
}

export function byUuid(id: string): readonly unknown[] {
  return [['_uuid', '==', uuid(id)]]
}

export function mutate(
  table: TableName,
  where: readonly unknown[],
  column: string,
  mutator: 'insert' | 'delete',
  value: unknown,
): Operation {
  return {op: 'mutate', table, where, mutations: [[column, mutator, value]]}
}

/** A map keeps the old value of a key that is inserted again: out with it first. */
export function setKeys(
  table: TableName,
  where: readonly unknown[],
  column: string,
  keys: Readonly<Record<string, string | undefined>>,
): Operation[] {
  const kept = Object.entries(keys).filter(([, value]) => value !== undefined)
  return [
    mutate(table, where, column, 'delete', ['set', Object.keys(keys)]),
    mutate(table, where, column, 'insert', ['map', kept]),
  ]
}
