import type {OvsPort} from '../../model/agent-api.ts'
import {type Counters, decodeCounters} from './counters.ts'
import type {FlowStats} from './flow.ts'
import {decodeFlowStats} from './flow-mod.ts'
import type {Group, GroupStats} from './group.ts'
import {
  decodeGroupFeatures,
  decodeGroups,
  decodeGroupStats,
  encodeGroupRequest,
  type GroupFeatures,
} from './group-mod.ts'
import {encodeMatch} from './match.ts'
import {allTables, flowRequest, multipart, none, portRequest, reservedPorts, tableStats} from './messages.ts'
import {
  decodeMeterFeatures,
  decodeMeters,
  decodeMeterStats,
  encodeMeterRequest,
  type Meter,
  type MeterFeatures,
  type MeterStats,
} from './meter.ts'
import {decodePorts, decodePortStats, encodePortStatsRequest, type PortStats} from './ports.ts'
import {rows} from './records.ts'
import type {OpenFlowSession} from './session.ts'
import {type SwitchDescription, switchDescription} from './switch-info.ts'

export interface TableStats {
  readonly table: number
  readonly flows: number
  readonly lookups: bigint
  readonly matches: bigint
}

/** Which flows: of all tables when `table` is left out; with these bits of the cookie. */
export interface FlowFilter {
  readonly table?: number
  readonly cookie?: {readonly value: bigint; readonly mask: bigint}
}

export type FlowTotals = Omit<Counters, 'duration'> & {readonly flows: number}

/** What a switch tells when it is asked (OpenFlow 1.5.1 §7.3.5, multipart). */
export interface Statistics {
  dumpFlows(filter?: FlowFilter): Promise<FlowStats[]>
  /** The sums over all flows that the filter lets through. */
  aggregate(filter?: FlowFilter): Promise<FlowTotals>
  /** LOCAL, the bridge's own device, is left out. */
  ports(): Promise<OvsPort[]>
  /** LOCAL is there as well. */
  portStats(): Promise<PortStats[]>
  /** Tables that hold no flow are left out. */
  tableStats(): Promise<TableStats[]>
  dumpGroups(): Promise<Group[]>
  groupStats(): Promise<GroupStats[]>
  groupFeatures(): Promise<GroupFeatures>
  dumpMeters(): Promise<Meter[]>
  meterStats(): Promise<MeterStats[]>
  meterFeatures(): Promise<MeterFeatures>
  description(): Promise<SwitchDescription>
}

export function statisticsOf(session: OpenFlowSession): Statistics {
  type Kind = ReturnType<typeof multipart.decode>['type']
  const ask = async (doing: string, type: Kind, ...body: readonly Buffer[]): Promise<readonly Buffer[]> =>
    session.request(doing, 'multipartRequest', multipart.encode({type, flags: 0}), ...body)
  const one = async (doing: string, type: Kind, ...body: readonly Buffer[]): Promise<Buffer> =>
    Buffer.concat(await ask(doing, type, ...body))
  return {
    dumpFlows: async (filter) =>
      (await ask('a dump of flows', 'flowDesc', encodeFilter(filter))).flatMap(decodeFlowStats),
    async aggregate(filter) {
      const {counters, flows} = decodeCounters(await one('the sum of flows', 'aggregate', encodeFilter(filter)), 0)
      return {flows, packets: counters.packets, bytes: counters.bytes}
    },
    async ports() {
      const request = portRequest.encode({port: reservedPorts.ANY})
      const ports = (await ask('the list of ports', 'portDesc', request)).flatMap(decodePorts)
      const others = ports.filter(({ofPort}) => ofPort !== reservedPorts.LOCAL)
      return others.map(({name, ofPort}) => ({name, ofPort})).toSorted((a, b) => a.ofPort - b.ofPort)
    },
    portStats: async () =>
      (await ask('port statistics', 'portStats', encodePortStatsRequest())).flatMap(decodePortStats),
    async tableStats() {
      const tables = (await ask('table statistics', 'table')).flatMap((body) =>
        rows('table statistics', body, tableStats.size).map((row) => tableStats.decode(row)),
      )
      return tables.flatMap(({active, ...others}) => (active > 0 ? [{...others, flows: active}] : []))
    },
    dumpGroups: async () => byId(await ask('a dump of groups', 'groupDesc', encodeGroupRequest()), decodeGroups),
    groupStats: async () => byId(await ask('group statistics', 'groupStats', encodeGroupRequest()), decodeGroupStats),
    groupFeatures: async () => decodeGroupFeatures(await one('what groups can do', 'groupFeatures')),
    dumpMeters: async () => byId(await ask('a dump of meters', 'meterDesc', encodeMeterRequest()), decodeMeters),
    meterStats: async () => byId(await ask('meter statistics', 'meterStats', encodeMeterRequest()), decodeMeterStats),
    meterFeatures: async () => decodeMeterFeatures(await one('what meters can do', 'meterFeatures')),
    description: async () => switchDescription.decode(await one('the description of the switch', 'desc')),
  }
}

/** A switch gives them in no order. */
function byId<T extends {readonly id: number}>(parts: readonly Buffer[], decode: (body: Buffer) => T[]): T[] {
  return parts.flatMap(decode).sort((a, b) => a.id - b.id)
}

function encodeFilter({table = allTables, cookie}: FlowFilter = {}): Buffer {
  const {value, mask} = cookie ?? {value: 0n, mask: 0n}
  const request = flowRequest.encode({table, outPort: none, outGroup: none, cookie: value, cookieMask: mask})
  return Buffer.concat([request, encodeMatch({})])
}
