import {commit, findRow, requireBridge} from './commit.ts'
import type {Ovsdb} from './connection.ts'
import {differs, insert, mutateMap, mutateSet, type Operation, requireNone, update} from './operations.ts'
import type {Row} from './schema.ts'

export interface BridgeSettings {
  readonly name: string
  readonly datapathType: 'netdev' | 'system' | 'dummy'
  readonly failMode?: 'secure' | 'standalone'
  /** For example ['OpenFlow10', 'OpenFlow15']. */
  readonly protocols?: readonly string[]
  /** Becomes other_config:hwaddr. */
  readonly mac?: string
  readonly externalIds?: Readonly<Record<string, string>>
}

/** Makes or corrects the bridge and waits until ovs-vswitchd has it; what is not named is left alone. */
export async function ensureBridge(ovsdb: Ovsdb, bridge: BridgeSettings): Promise<void> {
  await commit(ovsdb, operationsFor(ovsdb, bridge))
}

/** Would ensureBridge change anything? */
export function bridgeDiffers(ovsdb: Ovsdb, bridge: BridgeSettings): boolean {
  return operationsFor(ovsdb, bridge).length > 0
}

function operationsFor(ovsdb: Ovsdb, bridge: BridgeSettings): readonly Operation[] {
  const have = findRow(ovsdb, 'Bridge', bridge.name)
  const columns = {
    datapath_type: bridge.datapathType,
    ...(bridge.failMode && {fail_mode: bridge.failMode}),
    ...(bridge.protocols && {protocols: bridge.protocols}),
  }
  const config = bridge.mac === undefined ? {} : {hwaddr: bridge.mac}
  const ids = bridge.externalIds ?? {}
  return have === undefined
    ? insertBridge(bridge.name, {...columns, other_config: config, external_ids: ids})
    : correctBridge(have, columns, config, ids)
}

export async function removeBridge(ovsdb: Ovsdb, name: string): Promise<void> {
  const bridge = findRow(ovsdb, 'Bridge', name)
  if (bridge === undefined) return
  await commit(ovsdb, [mutateSet({table: 'Open_vSwitch'}, 'bridges', 'delete', [bridge.id])])
}

/** From the copy; empty when there is no such bridge. */
export function bridgeExternalIds(ovsdb: Ovsdb, bridge: string): Readonly<Record<string, string>> {
  return findRow(ovsdb, 'Bridge', bridge)?.row.external_ids ?? {}
}

export function bridgeNames(ovsdb: Ovsdb): readonly string[] {
  return [...ovsdb.rows('Bridge').values()].map(({name}) => name)
}

/** Sets keys of other_config; undefined takes a key away. */
export async function setBridgeConfig(
  ovsdb: Ovsdb,
  bridge: string,
  config: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const {id} = requireBridge(ovsdb, bridge)
  await commit(ovsdb, [mutateMap({table: 'Bridge', id}, 'other_config', config)])
}

/** Sets keys of Open_vSwitch other_config, for example flow-restore-wait; undefined takes a key away. */
export async function setOpenvSwitchConfig(
  ovsdb: Ovsdb,
  config: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await commit(ovsdb, [mutateMap({table: 'Open_vSwitch'}, 'other_config', config)])
}

/** For example "3.1.0"; undefined until ovs-vswitchd has said so. */
export function openvSwitchVersion(ovsdb: Ovsdb): string | undefined {
  return openvSwitch(ovsdb)?.ovs_version
}

/** A key of Open_vSwitch other_config. */
export function openvSwitchConfig(ovsdb: Ovsdb, key: string): string | undefined {
  return openvSwitch(ovsdb)?.other_config[key]
}

function openvSwitch(ovsdb: Ovsdb): Row<'Open_vSwitch'> | undefined {
  return [...ovsdb.rows('Open_vSwitch').values()][0]
}

function insertBridge(name: string, columns: Partial<Row<'Bridge'>>): readonly Operation[] {
  return [
    requireNone('Bridge', name),
    insert('Interface', {name, type: 'internal'}, 'interface'),
    insert('Port', {name, interfaces: ['interface']}, 'port'),
    insert('Bridge', {name, ...columns, ports: ['port']}, 'bridge'),
    mutateSet({table: 'Open_vSwitch'}, 'bridges', 'insert', ['bridge']),
  ]
}

type Keys = Readonly<Record<string, string>>

/** Only what differs, so that a restart of the agent writes nothing. */
function correctBridge(
  {id, row}: {readonly id: string; readonly row: Row<'Bridge'>},
  columns: Partial<Row<'Bridge'>>,
  config: Keys,
  ids: Keys,
): readonly Operation[] {
  const at = {table: 'Bridge', id} as const
  return [
    ...(differs(row, columns) ? [update(at, columns)] : []),
    ...(differs(row.other_config, config) ? [mutateMap(at, 'other_config', config)] : []),
    ...(differs(row.external_ids, ids) ? [mutateMap(at, 'external_ids', ids)] : []),
  ]
}
