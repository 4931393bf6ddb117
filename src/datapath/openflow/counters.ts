import {padded, slice, struct, u16, u8} from './codec.ts'

/** OpenFlow 1.5.1 §7.2.4.1. Type-length-value fields follow; length counts these four bytes, not the padding after. */
const statistics = struct('statistics', {reserved: u16, length: u16})

/** §7.2.4.2: class 0x8002; the field is in the upper seven bits of its byte. */
const statisticsField = struct('statistics field', {class: u16, field: u8, length: u8})

/** §7.2.4.2, enum oxs_ofb_stat_fields. */
const counterFields = {duration: 0, flows: 3, packets: 4, bytes: 5} as const

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
  const {length} = statistics.decode(bytes, at)
  const fields = slice('statistics', bytes, at, length)
  slice('statistics padding', bytes, at, padded(length))
  const found = new Map<number, Buffer>()
  for (let position: number = statistics.size; position < fields.length;) {
    const field = statisticsField.decode(fields, position)
    found.set(field.field >>> 1, slice('statistics field', fields, position + statisticsField.size, field.length))
    position += statisticsField.size + field.length
  }
  const u64Of = (number: number): bigint => {
    const value = found.get(number)
    return value === undefined ? 0n : slice('statistics field', value, 0, 8).readBigUInt64BE(0)
  }
  const flows = found.get(counterFields.flows)
  const counters = {
    packets: u64Of(counterFields.packets),
    bytes: u64Of(counterFields.bytes),
    duration: secondsOf(u64Of(counterFields.duration)),
  }
  return {
    counters,
    flows: flows === undefined ? 0 : slice('statistics field', flows, 0, 4).readUInt32BE(0),
    next: at + padded(length),
  }
}

/** Seconds in the upper half, nanoseconds in the lower one. */
export function secondsOf(time: bigint): number {
  return Number(time >> 32n) + Number(time & 0xffff_ffffn) / 1e9
}
