import {named, pad, struct, u16, u32, u64, u8} from './codec.ts'
import {secondsOf} from './counters.ts'
import {portDesc, reservedPorts} from './messages.ts'
import {records} from './records.ts'
import {mac} from './values.ts'

/** A port of the bridge: OpenFlow 1.5.1 §7.2.1. */
export interface PortDescription {
  readonly ofPort: number
  readonly name: string
  readonly mac: string
  /** No link, as the switch sees it. */
  readonly down: boolean
}

/** enum ofp_port_state. */
const linkDown = 1

/** The body of a PORT_DESC reply. */
export function decodePorts(body: Buffer): PortDescription[] {
  return records('port description', body, portDesc.size, 4).map(decodePort)
}

const portStatus = struct('port status', {reason: named(u8, {added: 0, removed: 1, modified: 2}), pad: pad(7)})

export interface PortChange {
  readonly event: 'added' | 'removed' | 'modified'
  readonly port: PortDescription
}

/** The body of PORT_STATUS. */
export function decodePortStatus(body: Buffer): PortChange {
  const {reason} = portStatus.decode(body)
  const [port = Buffer.alloc(0)] = records('port description', body.subarray(portStatus.size), portDesc.size, 4)
  return {event: reason, port: decodePort(port)}
}

function decodePort(bytes: Buffer): PortDescription {
  const {port, name, mac: address, state} = portDesc.decode(bytes)
  return {ofPort: port, name, mac: mac.print(address), down: (state & linkDown) !== 0}
}

/** struct ofp_port_stats. Properties follow: they are about Ethernet errors and what a device counts beside. */
const portStats = struct('port statistics', {
  length: u16,
  pad: pad(2),
  port: u32,
  time: u64,
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxDropped: u64,
  txDropped: u64,
  rxErrors: u64,
  txErrors: u64,
})
const unknown = 0xffff_ffff_ffff_ffffn

/** Counters that the datapath does not have are left out. */
export interface PortStats {
  readonly ofPort: number
  /** Seconds. */
  readonly duration: number
  readonly rxPackets?: bigint
  readonly txPackets?: bigint
  readonly rxBytes?: bigint
  readonly txBytes?: bigint
  readonly rxDropped?: bigint
  readonly txDropped?: bigint
  readonly rxErrors?: bigint
  readonly txErrors?: bigint
}

/** The body of a PORT_STATS reply. */
export function decodePortStats(body: Buffer): PortStats[] {
  return records('port statistics', body, portStats.size).map((bytes) => {
    const {port, time, length: _, ...counters} = portStats.decode(bytes)
    const known = Object.entries(counters).filter(([, count]) => count !== unknown)
    return {ofPort: port, duration: secondsOf(time), ...Object.fromEntries(known)}
  })
}

const portStatsRequest = struct('port statistics request', {port: u32, pad: pad(4)})

export function encodePortStatsRequest(port: number = reservedPorts.ANY): Buffer {
  return portStatsRequest.encode({port})
}
