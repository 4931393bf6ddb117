import {AntctlError} from '../../model/errors.ts'
import {byUuid, commit, findRow, mutate, requireBridge} from './commit.ts'
import type {Operation, Ovsdb} from './connection.ts'
import {namedUuid, type Row, set, tables, uuid} from './schema.ts'

export interface PortSettings {
  readonly name: string
  /** '' for a device of the machine, 'internal', 'geneve', 'dummy' ... */
  readonly type?: string
  readonly options?: Readonly<Record<string, string>>
  readonly mac?: string
  readonly ofportRequest?: number
  readonly mtuRequest?: number
  readonly externalIds?: Readonly<Record<string, string>>
}

/** A port of a bridge as Open vSwitch has it now. */
export interface SwitchPort {
  readonly name: string
  /** Of the Port row: what upstream calls portUUID. */
  readonly uuid: string
  readonly type: string
  /** -1 when Open vSwitch could not add it: see error. */
  readonly ofport: number
  readonly mac?: string
  readonly externalIds: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string>>
  readonly error?: string
}

/** Makes or corrects the port and waits for its ofport; throws with Open vSwitch's own sentence when it has none. */
export async function ensurePort(ovsdb: Ovsdb, bridge: string, port: PortSettings): Promise<SwitchPort> {
  const {id, row} = requireBridge(ovsdb, bridge)
  const have = findRow(ovsdb, 'Port', port.name)
  if (have !== undefined && !row.ports.includes(have.id)) {
    throw new AntctlError('OVSDB', `port ${port.name} is on another bridge than ${bridge}`)
  }
  await commit(ovsdb, have === undefined ? insertPort(id, port) : updatePort(have, port))
  const made = await ovsdb.waitFor(`the ofport of ${port.name}`, () => {
    const device = findRow(ovsdb, 'Interface', port.name)?.row
    if (device?.ofport === undefined && device?.error === undefined) return undefined
    return portsOf(ovsdb, bridge).find(({name}) => name === port.name)
  })
  if (made.ofport > 0) return made
  throw new AntctlError('OVSDB', `Open vSwitch could not add port ${port.name}: ${made.error ?? 'it gave no ofport'}`)
}

/** Nothing happens when it is not there. */
export async function removePort(ovsdb: Ovsdb, bridge: string, name: string): Promise<void> {
  const have = findRow(ovsdb, 'Bridge', bridge)
  const port = findRow(ovsdb, 'Port', name)
  if (have === undefined || port === undefined) return
  await commit(ovsdb, [mutate('Bridge', byUuid(have.id), 'ports', 'delete', set([uuid(port.id)]))])
}

/** From the copy: no question to the server. Empty when there is no such bridge; its own device is left out. */
export function portsOf(ovsdb: Ovsdb, bridge: string): readonly SwitchPort[] {
  const {ports = []} = findRow(ovsdb, 'Bridge', bridge)?.row ?? {}
  return ports.flatMap((id) => {
    const port = ovsdb.rows('Port').get(id)
    const device = ovsdb.rows('Interface').get(port?.interfaces[0] ?? '')
    return port === undefined || device === undefined || port.name === bridge ? [] : [describe(id, port, device)]
  })
}

function describe(id: string, port: Row<'Port'>, device: Row<'Interface'>): SwitchPort {
  const mac = device.mac ?? device.mac_in_use
  return {
    name: port.name,
    uuid: id,
    type: device.type,
    ofport: device.ofport ?? -1,
    externalIds: port.external_ids,
    options: device.options,
    ...(mac !== undefined && {mac}),
    ...(device.error !== undefined && {error: device.error}),
  }
}

function insertPort(bridge: string, port: PortSettings): Operation[] {
  const {name} = port
  const portRow = {name, interfaces: set([namedUuid('interface')]), ...portColumns(port)}
  return [
    {op: 'wait', table: 'Port', timeout: 0, where: [['name', '==', name]], columns: ['name'], until: '==', rows: []},
    {op: 'insert', table: 'Interface', 'uuid-name': 'interface', row: {name, ...interfaceColumns(port)}},
    {op: 'insert', table: 'Port', 'uuid-name': 'port', row: portRow},
    mutate('Bridge', byUuid(bridge), 'ports', 'insert', set([namedUuid('port')])),
  ]
}

function updatePort(have: {readonly id: string; readonly row: Row<'Port'>}, port: PortSettings): Operation[] {
  const [device = ''] = have.row.interfaces
  const [portRow, interfaceRow] = [portColumns(port), interfaceColumns(port)]
  return [
    ...(Object.keys(portRow).length === 0 ? [] : [{op: 'update', table: 'Port', where: byUuid(have.id), row: portRow}]),
    ...(Object.keys(interfaceRow).length === 0
      ? []
      : [{op: 'update', table: 'Interface', where: byUuid(device), row: interfaceRow}]),
  ]
}

function portColumns({externalIds}: PortSettings): Readonly<Record<string, unknown>> {
  return externalIds === undefined ? {} : {external_ids: tables.Port.external_ids.encode(externalIds)}
}

function interfaceColumns(port: PortSettings): Readonly<Record<string, unknown>> {
  return {
    ...(port.type !== undefined && {type: port.type}),
    ...(port.options !== undefined && {options: tables.Interface.options.encode(port.options)}),
    ...(port.mac !== undefined && {mac: port.mac}),
    ...(port.ofportRequest !== undefined && {ofport_request: port.ofportRequest}),
    ...(port.mtuRequest !== undefined && {mtu_request: port.mtuRequest}),
  }
}
