import {malformed, slice} from './codec.ts'
import type {Flow, FlowStats} from './flow.ts'
import {decodeInstructions, encodeInstructions} from './instructions.ts'
import {decodeMatch, encodeMatch} from './match.ts'
import {
  bundleAdd,
  bundleFlags,
  flowDesc,
  flowMod,
  header,
  message,
  messageTypes,
  none,
  statistics,
  statisticsField,
} from './messages.ts'
import {remembered} from './remembered.ts'

export type FlowCommand = 'add' | 'deleteStrict'

/** What our flow mods never vary: no timeouts, no buffered packet, no filter. */
const always = {
  cookieMask: 0n,
  idleTimeout: 0,
  hardTimeout: 0,
  bufferId: none,
  outPort: none,
  outGroup: none,
  flags: 0,
  importance: 0,
} as const

/** A FLOW_MOD; inside of a BUNDLE_ADD when `bundle` names one. */
export function encodeFlowMod(flow: Flow, command: FlowCommand, xid: number, bundle?: number): Buffer {
  const match = encodeMatch(flow.match)
  const instructions = command === 'add' ? encodeInstructions(flow.actions) : Buffer.alloc(0)
  const start = startOf(bundle === undefined ? command : `${command} ${bundle}`)
  const outer = start.length - flowMod.size - header.size
  const bytes = Buffer.allocUnsafe(start.length + match.length + instructions.length)
  bytes.set(start)
  // The same in the bundle's message as in the one inside of it.
  for (const at of outer === 0 ? [0] : [0, outer]) {
    bytes.writeUInt16BE(bytes.length - at, at + header.offsets.length)
    bytes.writeUInt32BE(xid, at + header.offsets.xid)
  }
  const body = outer + header.size
  bytes.writeBigUInt64BE(flow.cookie, body + flowMod.offsets.cookie)
  bytes.writeUInt8(flow.table, body + flowMod.offsets.table)
  bytes.writeUInt16BE(flow.priority, body + flowMod.offsets.priority)
  bytes.set(match, start.length)
  bytes.set(instructions, start.length + match.length)
  return bytes
}

/** All before the match, with zeros where flows differ: a bundle of 100 000 flows is made of copies of it. */
const startOf = remembered(100, (key: string): Buffer => {
  const [command, bundle] = key.split(' ')
  const body = flowMod.encode({
    ...always,
    cookie: 0n,
    table: 0,
    priority: 0,
    command: command === 'add' ? 'add' : 'deleteStrict',
  })
  const inner = message('flowMod', 0, body)
  if (bundle === undefined) return inner
  const flags = bundleFlags.atomic | bundleFlags.ordered
  return message('bundleAdd', 0, bundleAdd.encode({id: Number(bundle), flags}), inner)
})

/** A FLOW_MOD as encodeFlowMod made it, back into words: what a capture or a refused message holds. */
export function decodeFlowMod(bytes: Buffer): Flow & {readonly command: string} {
  const {type, length} = header.decode(bytes)
  if (type === 'bundleAdd') return decodeFlowMod(bytes.subarray(header.size + bundleAdd.size))
  if (type !== 'flowMod') throw malformed(`message type ${messageTypes[type]} is no flow mod`)
  const whole = slice('flow mod', bytes, 0, length)
  const {table, priority, cookie, command} = flowMod.decode(whole, header.size)
  const {match, next} = decodeMatch(whole, header.size + flowMod.size)
  return {table, priority, cookie, command, match, actions: decodeInstructions(whole.subarray(next))}
}

/** The body of a FLOW_DESC reply: any number of flows. */
export function decodeFlowStats(body: Buffer): FlowStats[] {
  const flows: FlowStats[] = []
  for (let at = 0; at < body.length;) {
    const {length, table, priority, cookie} = flowDesc.decode(body, at)
    if (length < flowDesc.size) throw malformed(`a flow description of ${length} bytes`)
    const whole = slice('flow description', body, at, length)
    const {match, next} = decodeMatch(whole, flowDesc.size)
    const {counters, next: instructions} = decodeCounters(whole, next)
    flows.push({table, priority, cookie, match, actions: decodeInstructions(whole.subarray(instructions)), ...counters})
    at += length
  }
  return flows
}

type Counters = Pick<FlowStats, 'packets' | 'bytes' | 'duration'>

/** §7.2.4.2, enum oxs_ofb_stat_fields. */
const counterFields = {duration: 0, packets: 4, bytes: 5} as const

function decodeCounters(bytes: Buffer, at: number): {readonly counters: Counters; readonly next: number} {
  const {length} = statistics.decode(bytes, at)
  const fields = slice('statistics', bytes, at, length)
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
  const time = u64Of(counterFields.duration)
  const duration = Number(time >> 32n) + Number(time & 0xffff_ffffn) / 1e9
  const counters = {packets: u64Of(counterFields.packets), bytes: u64Of(counterFields.bytes), duration}
  return {counters, next: at + ((length + 7) & ~7)}
}
