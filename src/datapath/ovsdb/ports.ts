import {AntctlError} from '../../model/errors.ts'
import {commit, findRow, requireBridge} from './commit.ts'
import type {Ovsdb} from './connection.ts'
import {differs, insert, mutateMap, mutateSet, type Operation, requireNone, update} from './operations.ts'
import type {Row} from './schema.ts'

export interface PortSettings {
  readonly name: string
  /** '' for a device of the machine, 'internal', 'geneve', 'dummy' ... */
  readonly type?: string
  readonly options?: Readonly<Record<string, string>>
  readonly mac?: string
  readonly ofportRequest?: number
  readonly mtuRequest?: number
  readonly externalIds?: Readonly<Record<string, string>>
  /** Keys of the bridge's external_ids that are set in the transaction that makes the port. */
  readonly bridgeExternalIds?: Readonly<Record<string, string>>
}

/** A port of a bridge as Open vSwitch has it now. */
export interface SwitchPort {
  readonly name: string
  /** Of the Port row: what upstream calls portUUID. */
  readonly uuid: string
  readonly type: string
  /** -1 when Open vSwitch could not add it: see error. Until it has tried, the number that was asked for. */
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
  await commit(ovsdb, have === undefined ? insertPort(id, port) : correctPort(ovsdb, have, port))
  return opened(ovsdb, bridge, port.name)
}

/** A port on its way. Nobody need listen to a rejection. */
export interface Attaching {
  /** Resolves when the database has it. */
  readonly committed: Promise<unknown>
  /** Resolves when Open vSwitch forwards by it; throws with Open vSwitch's own sentence when it could not open the device. */
  readonly opened: Promise<SwitchPort>
}

/** Makes a port that is not there yet. The transaction is on its way when this returns. */
export function attachPort(ovsdb: Ovsdb, bridge: string, port: PortSettings): Attaching {
  const committed = ovsdb.transact(insertPort(requireBridge(ovsdb, bridge).id, port))
  const attaching = {committed, opened: committed.then(() => opened(ovsdb, bridge, port.name))}
  for (const promise of Object.values(attaching)) promise.catch(() => undefined)
  return attaching
}

async function opened(ovsdb: Ovsdb, bridge: string, name: string): Promise<SwitchPort> {
  const made = await ovsdb.waitFor(`the ofport of ${name}`, () => {
    const device = findRow(ovsdb, 'Interface', name)?.row
    if (device?.ofport === undefined && device?.error === undefined) return undefined
    return portsOf(ovsdb, bridge).find((port) => port.name === name)
  })
  if (made.ofport > 0) return made
  throw new AntctlError('OVSDB', `Open vSwitch could not add port ${name}: ${made.error ?? 'it gave no ofport'}`)
}

/** The bridge that has the port. */
export function bridgeOfPort(ovsdb: Ovsdb, name: string): string | undefined {
  const port = findRow(ovsdb, 'Port', name)
  if (port === undefined) return undefined
  return [...ovsdb.rows('Bridge').values()].find(({ports}) => ports.includes(port.id))?.name
}

/** Is the port missing, on another bridge, other than these settings, or without the ofport that it asks for? */
export function portDiffers(ovsdb: Ovsdb, bridge: string, port: PortSettings): boolean {
  const have = findRow(ovsdb, 'Port', port.name)
  if (have === undefined || findRow(ovsdb, 'Bridge', bridge)?.row.ports.includes(have.id) !== true) return true
  const ofport = ovsdb.rows('Interface').get(have.row.interfaces[0] ?? '')?.ofport
  const isMoved = port.ofportRequest !== undefined && ofport !== undefined && ofport !== port.ofportRequest
  return isMoved || correctPort(ovsdb, have, port).length > 0
}

/** Resolves when ovs-vswitchd has let go of it; nothing happens when it is not there. */
export async function removePort(ovsdb: Ovsdb, bridge: string, name: string): Promise<void> {
  const removal = removalOf(ovsdb, bridge, [name])
  if (removal !== undefined) await commit(ovsdb, [removal])
}

/** Resolves when the database has forgotten the ports; ovs-vswitchd follows (15 ms a port on the userspace datapath). */
export async function dropPorts(ovsdb: Ovsdb, bridge: string, names: readonly string[]): Promise<void> {
  const removal = removalOf(ovsdb, bridge, names)
  if (removal !== undefined) await ovsdb.transact([removal])
}

/** Ports of one transaction keep ovs-vswitchd from all else: 400 of them for 6 s on the userspace datapath. */
const removedAtOnce = 4

/** Many ports, a few at a time, so that what comes meanwhile has its turn. */
export async function removePorts(ovsdb: Ovsdb, bridge: string, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += removedAtOnce) {
    const removal = removalOf(ovsdb, bridge, names.slice(start, start + removedAtOnce))
    if (removal !== undefined) await commit(ovsdb, [removal])
  }
}

/** By bridge, for as long as the copy does not change: a Pod that comes asks often. */
const known = new WeakMap<Ovsdb, {readonly revision: number; readonly ports: Map<string, readonly SwitchPort[]>}>()

/**
 * From the copy: no question to the server. Empty when there is no such bridge; its own device is left out. The same array
 * until the copy changes.
 */
export function portsOf(ovsdb: Ovsdb, bridge: string): readonly SwitchPort[] {
  const {revision} = ovsdb
  const before = known.get(ovsdb)
  const {ports} = before?.revision === revision ? before : {ports: new Map<string, readonly SwitchPort[]>()}
  const there = ports.get(bridge)
  if (there !== undefined) return there
  const found = readPorts(ovsdb, bridge)
  known.set(ovsdb, {revision, ports: ports.set(bridge, found)})
  return found
}

function readPorts(ovsdb: Ovsdb, bridge: string): readonly SwitchPort[] {
  const {ports = []} = findRow(ovsdb, 'Bridge', bridge)?.row ?? {}
  return ports.flatMap((id) => {
    const port = ovsdb.rows('Port').get(id)
    const device = ovsdb.rows('Interface').get(port?.interfaces[0] ?? '')
    return port === undefined || device === undefined || port.name === bridge ? [] : [describe(id, port, device)]
  })
}

function describe(id: string, port: Row<'Port'>, device: Row<'Interface'>): SwitchPort {
  const {mac} = device
  return {
    name: port.name,
    uuid: id,
    type: device.type,
    ofport: device.ofport ?? (device.error === undefined ? device.ofport_request : undefined) ?? -1,
    externalIds: port.external_ids,
    options: device.options,
    ...(mac !== undefined && {mac}),
    ...(device.error !== undefined && {error: device.error}),
  }
}

function insertPort(bridge: string, port: PortSettings): readonly Operation[] {
  const {name} = port
  return [
    requireNone('Port', name),
    insert('Interface', {name, ...interfaceColumns(port)}, 'interface'),
    insert('Port', {name, interfaces: ['interface'], ...portColumns(port)}, 'port'),
    mutateSet({table: 'Bridge', id: bridge}, 'ports', 'insert', ['port']),
    ...(port.bridgeExternalIds === undefined
      ? []
      : [mutateMap({table: 'Bridge', id: bridge}, 'external_ids', port.bridgeExternalIds)]),
  ]
}

/** Only what differs, so that a restart of the agent writes nothing. */
function correctPort(
  ovsdb: Ovsdb,
  {id, row}: {readonly id: string; readonly row: Row<'Port'>},
  port: PortSettings,
): readonly Operation[] {
  const [deviceId = ''] = row.interfaces
  const [portRow, deviceRow] = [portColumns(port), interfaceColumns(port)]
  const device = ovsdb.rows('Interface').get(deviceId) ?? {}
  return [
    ...(differs(row, portRow) ? [update({table: 'Port', id}, portRow)] : []),
    ...(differs(device, deviceRow) ? [update({table: 'Interface', id: deviceId}, deviceRow)] : []),
  ]
}

function removalOf(ovsdb: Ovsdb, bridge: string, names: readonly string[]): Operation | undefined {
  const have = findRow(ovsdb, 'Bridge', bridge)
  if (have === undefined) return undefined
  const wanted = new Set(names)
  const ids = have.row.ports.filter((id) => wanted.has(ovsdb.rows('Port').get(id)?.name ?? ''))
  return ids.length === 0 ? undefined : mutateSet({table: 'Bridge', id: have.id}, 'ports', 'delete', ids)
}

function portColumns({externalIds}: PortSettings): Partial<Row<'Port'>> {
  return externalIds === undefined ? {} : {external_ids: externalIds}
}

function interfaceColumns({type, options, mac, ofportRequest, mtuRequest}: PortSettings): Partial<Row<'Interface'>> {
  return {
    ...(type !== undefined && {type}),
    ...(options !== undefined && {options}),
    ...(mac !== undefined && {mac}),
    ...(ofportRequest !== undefined && {ofport_request: ofportRequest}),
    ...(mtuRequest !== undefined && {mtu_request: mtuRequest}),
  }
}
