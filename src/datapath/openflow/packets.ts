import {decodeActions, encodeActions} from './actions.ts'
import {malformed, pad, slice, struct, u16, u32, u64, u8} from './codec.ts'
import {packetInReasons} from './controller-actions.ts'
import type {Flow} from './flow.ts'
import {decodeFields, decodeMatch, encodeMatch} from './match.ts'
import {none} from './messages.ts'
import {decodeProperties} from './records.ts'

/** A packet that a flow sent to us, with what the pipeline knew about it. */
export interface PacketIn {
  /** "action", "no_match", … of ovs-actions(7), controller. */
  readonly reason: string
  readonly table: number
  /** Of the flow; undefined when none sent it. */
  readonly cookie: bigint | undefined
  /** Registers, in_port and the like. */
  readonly metadata: Flow['match']
  readonly packet: Buffer
  /** Before it was cut to what the flow asked for. */
  readonly fullLength: number
  /** What controller(userdata=…) said. */
  readonly userdata: Buffer
  /** For resume(): the switch's own bytes, there after controller(pause). */
  readonly continuation: Buffer | undefined
}

/** OpenFlow 1.5.1 §7.4.1, struct ofp_packet_in. A match, two bytes of padding and the packet follow. */
const packetIn = struct('packet-in', {buffer: u32, fullLength: u16, reason: u8, table: u8, cookie: u64})
const noCookie = 0xffff_ffff_ffff_ffffn

/** The body of PACKET_IN. */
export function decodePacketIn(body: Buffer): PacketIn {
  const {fullLength, reason, table, cookie} = packetIn.decode(body)
  const {match, next} = decodeMatch(body, packetIn.size)
  const packet = slice('packet', body, next + 2, body.length - next - 2)
  return {
    table,
    fullLength,
    packet,
    reason: reasonOf(reason),
    cookie: cookie === noCookie ? undefined : cookie,
    metadata: match,
    userdata: Buffer.alloc(0),
    continuation: undefined,
  }
}

/** nicira-ext.h, enum nx_packet_in2_prop_type. Values of eight bytes stand after four of padding. */
export const packetProperties = {
  packet: 0,
  fullLength: 1,
  table: 3,
  cookie: 4,
  reason: 5,
  metadata: 6,
  userdata: 7,
  continuation: 8,
}

/** The body of NXT_PACKET_IN2, after vendor and subtype. */
export function decodePacketIn2(body: Buffer): PacketIn {
  const values = new Map(decodeProperties(body).map(({type, value}) => [type, value]))
  const numberOf = (type: number, size: number): number | undefined => {
    const value = values.get(type)
    return value === undefined ? undefined : slice('property of a packet-in', value, 0, size).readUIntBE(0, size)
  }
  const packet = values.get(packetProperties.packet)
  if (packet === undefined) throw malformed('a packet-in without the bytes of a packet')
  const cookie = values.get(packetProperties.cookie)
  return {
    packet,
    reason: reasonOf(numberOf(packetProperties.reason, 1) ?? 0),
    table: numberOf(packetProperties.table, 1) ?? 0,
    cookie: cookie === undefined ? undefined : slice('cookie', cookie, 4, 8).readBigUInt64BE(0),
    metadata: decodeFields(values.get(packetProperties.metadata) ?? Buffer.alloc(0)),
    fullLength: numberOf(packetProperties.fullLength, 4) ?? packet.length,
    userdata: values.get(packetProperties.userdata) ?? Buffer.alloc(0),
    continuation: values.get(packetProperties.continuation),
  }
}

function reasonOf(number: number): string {
  return packetInReasons[number] ?? `reason ${number}`
}

/** A packet for the switch, as if it came in by `inPort` with these registers. */
export interface PacketOut {
  /** A port's number, or a reserved name as "LOCAL" or "CONTROLLER". */
  readonly inPort: string
  /** More of what the pipeline knows about a packet: reg0, tun_id, metadata … */
  readonly metadata?: Flow['match']
  readonly actions: readonly string[]
  readonly packet: Buffer
}

/** §7.3.6, struct ofp_packet_out. A match with in_port, actions and the packet follow. */
const packetOut = struct('packet-out', {buffer: u32, actionsLength: u16, pad: pad(2)})

export function encodePacketOut({inPort, metadata = {}, actions, packet}: PacketOut): Buffer {
  const bytes = encodeActions(actions)
  const start = packetOut.encode({buffer: none, actionsLength: bytes.length})
  return Buffer.concat([start, encodeMatch({...metadata, in_port: inPort}), bytes, packet])
}

export function decodePacketOut(body: Buffer): PacketOut {
  const {actionsLength} = packetOut.decode(body)
  const {match, next} = decodeMatch(body, packetOut.size)
  const {in_port: inPort = '', ...metadata} = match
  const actions = decodeActions(slice('actions', body, next, actionsLength))
  return {inPort, metadata, actions, packet: body.subarray(next + actionsLength)}
}
