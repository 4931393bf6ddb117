import {AntctlError} from '../../model/errors.ts'
import type {Ovsdb} from './connection.ts'
import {increment, type Operation, select} from './operations.ts'
import type {Row, TableName} from './schema.ts'

/** Commits, and waits until ovs-vswitchd has done it; without operations there is nothing to do. */
export async function commit(ovsdb: Ovsdb, operations: readonly Operation[]): Promise<void> {
  if (operations.length > 0) await followed(ovsdb, operations)
}

/** Resolves when ovs-vswitchd holds what the database says: it copies next_cfg to cur_cfg (ovs-vswitchd.conf.db(5)). */
export async function followed(ovsdb: Ovsdb, operations: readonly Operation[] = []): Promise<void> {
  const answers = await ovsdb.transact([
    ...operations,
    increment({table: 'Open_vSwitch'}, 'next_cfg'),
    select({table: 'Open_vSwitch'}, ['next_cfg']),
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
