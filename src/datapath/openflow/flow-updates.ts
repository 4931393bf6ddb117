import {malformed, named, pad, slice, struct, u16, u32, u64, u8} from './codec.ts'
import type {Flow} from './flow.ts'
import {decodeInstructions, encodeInstructions} from './instructions.ts'
import {decodeMatch, encodeMatch} from './match.ts'
import {none} from './messages.ts'

/** struct ofp_flow_monitor_request (OpenFlow 1.4 and later). A match follows. */
const monitorRequest = struct('flow monitor request', {
  id: u32,
  outPort: u32,
  outGroup: u32,
  flags: u16,
  table: u8,
  command: named(u8, {add: 0, modify: 1, delete: 2}),
})

/** enum ofp_flow_monitor_flags: what is told, and with which detail. Without "no abbreviation", own changes are short. */
const monitorFlags = {initial: 1, added: 2, removed: 4, modified: 8, instructions: 16} as const

/** enum ofp_flow_update_event. */
const updateHeader = struct('flow update', {
  length: u16,
  event: named(u16, {initial: 0, added: 1, removed: 2, modified: 3, own: 4, paused: 5, resumed: 6}),
})

/** struct ofp_flow_update_abbrev: a change that this connection asked for, by the request's transaction id. */
const ownUpdate = struct('own flow update', {length: u16, event: u16, xid: u32})

/** enum ofp_flow_removed_reason. */
export const removalReasons = {
  idleTimeout: 0,
  hardTimeout: 1,
  delete: 2,
  groupDelete: 3,
  meterDelete: 4,
  eviction: 5,
} as const
export type RemovalReason = keyof typeof removalReasons

/** struct ofp_flow_update_full. A match and instructions follow. */
const fullUpdate = struct('full flow update', {
  length: u16,
  event: u16,
  table: u8,
  reason: named(u8, removalReasons),
  idleTimeout: u16,
  hardTimeout: u16,
  priority: u16,
  pad: pad(4),
  cookie: u64,
})

export type FlowUpdate =
  | {readonly event: 'initial' | 'added' | 'modified'; readonly flow: Flow}
  | {readonly event: 'removed'; readonly flow: Flow; readonly reason: RemovalReason}
  | {readonly event: 'own'; readonly xid: number}
  | {readonly event: 'paused' | 'resumed'}

/** Asks for every later change of any table's flows, or takes the request with this `id` back. */
export function encodeMonitorRequest(id: number, command: 'add' | 'delete', table: number): Buffer {
  const {added, removed, modified, instructions} = monitorFlags
  const flags = added | removed | modified | instructions
  return Buffer.concat([
    monitorRequest.encode({id, outPort: none, outGroup: none, flags, table, command}),
    encodeMatch({}),
  ])
}

/** The body of a FLOW_MONITOR reply: any number of updates. */
export function decodeFlowUpdates(body: Buffer): FlowUpdate[] {
  const updates: FlowUpdate[] = []
  for (let at = 0; at < body.length;) {
    const {length, event} = updateHeader.decode(body, at)
    if (length < ownUpdate.size || length % 8 !== 0) throw malformed(`a flow update of ${length} bytes`)
    const whole = slice('flow update', body, at, length)
    if (event === 'own') updates.push({event, xid: ownUpdate.decode(whole).xid})
    else if (event === 'paused' || event === 'resumed') updates.push({event})
    else updates.push(decodeFull(whole, event))
    at += length
  }
  return updates
}

function decodeFull(whole: Buffer, event: 'initial' | 'added' | 'modified' | 'removed'): FlowUpdate {
  const {table, priority, cookie, reason} = fullUpdate.decode(whole)
  const {match, next} = decodeMatch(whole, fullUpdate.size)
  const actions = decodeInstructions(slice('flow update', whole, next, whole.length - next))
  const flow = {table, priority, cookie, match, actions}
  return event === 'removed' ? {event, flow, reason} : {event, flow}
}

/** The update that decodeFlowUpdates reads, timeouts left out. */
export function encodeFlowUpdate(update: FlowUpdate): Buffer {
  if (!('flow' in update)) {
    const header = updateHeader.encode({length: ownUpdate.size, event: update.event})
    const xid = Buffer.alloc(4)
    if (update.event === 'own') xid.writeUInt32BE(update.xid)
    return Buffer.concat([header, xid])
  }
  const {flow} = update
  const [match, instructions] = [encodeMatch(flow.match), encodeInstructions(flow.actions)]
  const length = fullUpdate.size + match.length + instructions.length
  const reason = update.event === 'removed' ? update.reason : 'idleTimeout'
  const {table, priority, cookie} = flow
  const always = {event: 0, idleTimeout: 0, hardTimeout: 0}
  const start = fullUpdate.encode({...always, length, table, reason, priority, cookie})
  updateHeader.write(start, 0, {length, event: update.event})
  return Buffer.concat([start, match, instructions])
}
