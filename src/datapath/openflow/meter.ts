import {named, pad, struct, u16, u32, u64} from './codec.ts'
import {type Counters, secondsOf} from './counters.ts'
import {records, rows} from './records.ts'

/** A limit that flows share by "meter:ID" (OpenFlow 1.5.1 §7.3.4.5). Open vSwitch only drops what is over it. */
export interface Meter {
  readonly id: number
  /** What `rate` and `burst` count in. */
  readonly unit: 'kbps' | 'pktps'
  /** What is over this rate is dropped. */
  readonly rate: number
  /** So much may pass at once; the switch's own size when it is left out. */
  readonly burst?: number
}

export interface MeterStats extends Counters {
  readonly id: number
  readonly flows: number
  readonly dropped: {readonly packets: bigint; readonly bytes: bigint}
}

const flagBits = {kbps: 1, pktps: 2, burst: 4, stats: 8} as const
const allMeters = 0xffff_ffff

const meterMod = struct('meter mod', {command: named(u16, {add: 0, modify: 1, remove: 2}), flags: u16, id: u32})
export type MeterCommand = ReturnType<typeof meterMod.decode>['command']

/** struct ofp_meter_band_drop. */
const dropBand = struct('meter band', {type: named(u16, {drop: 1}), length: u16, rate: u32, burst: u32, pad: pad(4)})

/** A METER_MOD without its header. */
export function encodeMeterMod(command: MeterCommand, meter: Meter): Buffer {
  const {id, unit, rate, burst} = meter
  const flags = flagBits[unit] | flagBits.stats | (burst === undefined ? 0 : flagBits.burst)
  const start = meterMod.encode({command, flags: command === 'remove' ? 0 : flags, id})
  if (command === 'remove') return start
  return Buffer.concat([start, dropBand.encode({type: 'drop', length: dropBand.size, rate, burst: burst ?? 0})])
}

export function decodeMeterMod(body: Buffer): {readonly command: MeterCommand; readonly meter: Meter} {
  const {command, flags, id} = meterMod.decode(body)
  const meter = decodeMeter(id, flags, body.subarray(meterMod.size))
  return {command, meter}
}

/** For a removal only the id counts. */
export function meterToRemove(id: number): Meter {
  return {id, unit: 'kbps', rate: 0}
}

/** Asks for one meter, or for all of them. */
const meterRequest = struct('meter request', {id: u32, pad: pad(4)})

export function encodeMeterRequest(id = allMeters): Buffer {
  return meterRequest.encode({id})
}

const meterDesc = struct('meter description', {length: u16, flags: u16, id: u32})

/** The body of a METER_DESC reply. */
export function decodeMeters(body: Buffer): Meter[] {
  return records('meter description', body, meterDesc.size).map((bytes) => {
    const {flags, id} = meterDesc.decode(bytes)
    return decodeMeter(id, flags, bytes.subarray(meterDesc.size))
  })
}

const meterStats = struct('meter statistics', {
  id: u32,
  length: u16,
  pad: pad(6),
  flows: u32,
  packets: u64,
  bytes: u64,
  time: u64,
})
const bandStats = struct('band statistics', {packets: u64, bytes: u64})

/** The body of a METER_STATS reply. */
export function decodeMeterStats(body: Buffer): MeterStats[] {
  return records('meter statistics', body, meterStats.size, 4).map((whole) => {
    const {id, flows, packets, bytes, time} = meterStats.decode(whole)
    const bands = rows('band statistics', whole.subarray(meterStats.size), bandStats.size).map((one) =>
      bandStats.decode(one),
    )
    const dropped = {
      packets: bands.reduce((sum, band) => sum + band.packets, 0n),
      bytes: bands.reduce((sum, band) => sum + band.bytes, 0n),
    }
    return {id, flows, packets, bytes, duration: secondsOf(time), dropped}
  })
}

/** struct ofp_meter_features. */
const meterFeatures = struct('meter features', {
  mostMeters: u32,
  bandTypes: u32,
  capabilities: u32,
  mostBandsAndColors: u16,
  pad: pad(2),
})

export interface MeterFeatures {
  readonly mostMeters: number
  readonly units: readonly Meter['unit'][]
}

/** The body of a METER_FEATURES reply. */
export function decodeMeterFeatures(body: Buffer): MeterFeatures {
  const {mostMeters, capabilities} = meterFeatures.decode(body)
  const units = (['kbps', 'pktps'] as const).filter((unit) => (capabilities & flagBits[unit]) !== 0)
  return {mostMeters, units}
}

/** As `ovs-ofctl dump-meters`: "meter=5 kbps burst stats bands=type=drop rate=100 burst_size=50". */
export function printMeter({id, unit, rate, burst}: Meter): string {
  const [flag, size] = burst === undefined ? ['', ''] : [' burst', ` burst_size=${burst}`]
  return `meter=${id} ${unit}${flag} stats bands=type=drop rate=${rate}${size}`
}

function decodeMeter(id: number, flags: number, bands: Buffer): Meter {
  const unit = flags & flagBits.pktps ? 'pktps' : 'kbps'
  if (bands.length === 0) return {id, unit, rate: 0}
  // More than one is never ours; the first one is the limit.
  const [first = bands] = records('meter band', bands, dropBand.size, 2)
  const {rate, burst} = dropBand.decode(first)
  return {id, unit, rate, ...(flags & flagBits.burst && {burst})}
}
