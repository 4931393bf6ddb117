import {byUuid, commit, findRow, mutate, requireBridge, setKeys} from './commit.ts'
import type {Operation, Ovsdb} from './connection.ts'
import {namedUuid, set, tables, uuid} from './schema.ts'

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
  const row = {
    datapath_type: bridge.datapathType,
    ...(bridge.failMode && {fail_mode: bridge.failMode}),
    ...(bridge.protocols && {protocols: set(bridge.protocols)}),
  }
  const have = findRow(ovsdb, 'Bridge', bridge.name)
  const config = {...have?.row.other_config, ...(bridge.mac && {hwaddr: bridge.mac})}
  const externalIds = {...have?.row.external_ids, ...bridge.externalIds}
  const columns = {
    ...row,
    other_config: tables.Bridge.other_config.encode(config),
    external_ids: tables.Bridge.external_ids.encode(externalIds),
  }
  const change =
    have === undefined
      ? insertBridge(bridge.name, columns)
      : [{op: 'update', table: 'Bridge', where: byUuid(have.id), row: columns}]
  await commit(ovsdb, change)
}

export async function removeBridge(ovsdb: Ovsdb, name: string): Promise<void> {
  const bridge = findRow(ovsdb, 'Bridge', name)
  if (bridge === undefined) return
  await commit(ovsdb, [mutate('Open_vSwitch', [], 'bridges', 'delete', set([uuid(bridge.id)]))])
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
  await commit(ovsdb, setKeys('Bridge', byUuid(id), 'other_config', config))
}

/** Sets keys of Open_vSwitch other_config, for example flow-restore-wait; undefined takes a key away. */
export async function setOpenvSwitchConfig(
  ovsdb: Ovsdb,
  config: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await commit(ovsdb, setKeys('Open_vSwitch', [], 'other_config', config))
}

/** For example "3.1.0"; undefined until ovs-vswitchd has said so. */
export function openvSwitchVersion(ovsdb: Ovsdb): string | undefined {
  return [...ovsdb.rows('Open_vSwitch').values()][0]?.ovs_version
}

function insertBridge(name: string, columns: Readonly<Record<string, unknown>>): Operation[] {
  return [
    {op: 'wait', table: 'Bridge', timeout: 0, where: [['name', '==', name]], columns: ['name'], until: '==', rows: []},
    {op: 'insert', table: 'Interface', 'uuid-name': 'interface', row: {name, type: 'internal'}},
    {op: 'insert', table: 'Port', 'uuid-name': 'port', row: {name, interfaces: set([namedUuid('interface')])}},
    {op: 'insert', table: 'Bridge', 'uuid-name': 'bridge', row: {name, ...columns, ports: set([namedUuid('port')])}},
    mutate('Open_vSwitch', [], 'bridges', 'insert', set([namedUuid('bridge')])),
  ]
}
