import {mustHold, padded, slice, struct, truncated, u16, u8} from './codec.ts'

/** OpenFlow 1.5.1 §7.2.4.1. Type-length-value fields follow; length counts these four bytes, not the padding after. */
const statistics = struct('statistics', {reserved: u16, length: u16})

/** §7.2.4.2: class 0x8002; the field is in the upper seven bits of its byte. */
const statisticsField = struct('statistics field', {class: u16, field: u8, length: u8})

/** §7.2.4.2, enum oxs_ofb_stat_fields. */
const counterNames: readonly (undefined | 'duration' | 'flows' | 'packets' | 'bytes')[] = [
  'duration',
  undefined,
  undefined,
  'flows',
  'packets',
  'bytes',
]

export interface Counters {
  readonly packets: bigint
  readonly bytes: bigint
  /** Seconds. */
  readonly duration: number
}

/** The statistics at `at`, and where what follows their padding starts. What is missing counts as zero. */
export function decodeCounters(
  bytes: Buffer,
  at: number,
): {readonly counters: Counters; readonly flows: number; readonly next: number} {
  mustHold('statistics', bytes, at, statistics.size)
  const end = at + bytes.readUInt16BE(at + statistics.offsets.length)
  mustHold('statistics padding', bytes, at, padded(end - at))
  const found = {duration: 0n, packets: 0n, bytes: 0n, flows: 0}
  for (let position = at + statistics.size; position < end;) {
    mustHold('statistics field', bytes, position, statisticsField.size)
    const start = position + statisticsField.size
    const next = start + bytes.readUInt8(position + statisticsField.offsets.length)
    if (next > end) throw truncated('statistics field', next, end)
    const number = bytes.readUInt8(position + statisticsField.offsets.field) >>> 1
    const name = counterNames[number]
    if (name === 'flows') found.flows = slice('statistics field', bytes.subarray(0, next), start, 4).readUInt32BE(0)
    else if (name !== undefined) {
      if (start + 8 > next) throw truncated('statistics field', start + 8, next)
      found[name] = bytes.readBigUInt64BE(start)
    }
    position = next
  }
  const counters = {packets: found.packets, bytes: found.bytes, duration: secondsOf(found.duration)}
  return {counters, flows: found.flows, next: at + padded(end - at)}
}

/** Seconds in the upper half, nanoseconds in the lower one. */
export function secondsOf(time: bigint): number {
  return Number(time >> 32n) + Number(time & 0xffff_ffffn) / 1e9
}
