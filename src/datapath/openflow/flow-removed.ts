import {named, struct, u16, u64, u8} from './codec.ts'
import {type Counters, decodeCounters} from './counters.ts'
import type {Flow} from './flow.ts'
import {removalReasons, type RemovalReason} from './flow-updates.ts'
import {decodeMatch} from './match.ts'

/** A flow with the flag send_flow_rem that is gone. */
export interface RemovedFlow extends Counters {
  readonly flow: Flow
  readonly reason: RemovalReason
}

/** OpenFlow 1.5.1 §7.4.2, struct ofp_flow_removed. A match and statistics follow. */
const flowRemoved = struct('flow removed', {
  table: u8,
  reason: named(u8, removalReasons),
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  cookie: u64,
})

/** The body of FLOW_REMOVED. */
export function decodeFlowRemoved(body: Buffer): RemovedFlow {
  const {table, reason, priority, cookie} = flowRemoved.decode(body)
  const {match, next} = decodeMatch(body, flowRemoved.size)
  const {counters} = decodeCounters(body, next)
  return {flow: {table, priority, cookie, match, actions: []}, reason, ...counters}
}
