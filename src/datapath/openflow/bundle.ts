import {setImmediate} from 'node:timers/promises'
import {AntctlError} from '../../model/errors.ts'
import type {Flow} from './flow.ts'
import {encodeFlowMod, type FlowCommand} from './flow-mod.ts'
import {bundleControl, bundleFlags} from './messages.ts'
import {describeRefusal} from './refusals.ts'
import type {OpenFlowSession} from './session.ts'
import {printFlow} from './text.ts'

export interface FlowChanges {
  /** Added, or replaced where a flow with the same table, priority and match is there. */
  readonly add?: readonly Flow[]
  /** Removed strictly: table, priority and match count, actions and cookie do not. */
  readonly remove?: readonly Flow[]
}

interface Refusal {
  readonly index: number
  readonly why: string
}

/** So many flows are encoded before the event loop gets its turn: about 5 ms of work. */
const chunkSize = 1000
const flags = bundleFlags.atomic | bundleFlags.ordered

/**
 * OpenFlow 1.5.1 §6.8: opens a bundle, fills it, and commits it only when the switch took every message. A refused
 * message alone does not fail a bundle, hence the barrier before the decision.
 */
export async function sendBundle(
  session: OpenFlowSession,
  {add = [], remove = []}: FlowChanges,
  id: number,
): Promise<void> {
  const count = add.length + remove.length
  if (count === 0) return
  const control = async (type: 'openRequest' | 'commitRequest' | 'discardRequest'): Promise<unknown> =>
    session.request('a bundle', 'bundleControl', bundleControl.encode({id, type, flags}))
  const at = (index: number): readonly [Flow | undefined, FlowCommand] =>
    index < remove.length ? [remove[index], 'deleteStrict'] : [add[index - remove.length], 'add']
  const refusals: Refusal[] = []
  await control('openRequest')
  const firstXid = session.takeXids(count)
  session.onRefusal((xid, body) => {
    if (xid < firstXid || xid >= firstXid + count) return false
    refusals.push({index: xid - firstXid, why: describeRefusal(body)})
    return true
  })
  try {
    await sendFlows(session, count, (index) => {
      const [flow, command] = at(index)
      return flow === undefined ? Buffer.alloc(0) : encodeFlowMod(flow, command, firstXid + index, id)
    })
    await session.request('a barrier', 'barrierRequest')
    if (refusals[0] === undefined) await control('commitRequest')
  } catch (error) {
    await control('discardRequest').catch(() => {})
    const [refused] = refusals
    throw refused === undefined ? error : refusedFlow(at(refused.index)[0], refused.why, refusals.length)
  } finally {
    session.onRefusal(undefined)
  }
  const [refused] = refusals
  if (refused === undefined) return
  await control('discardRequest')
  throw refusedFlow(at(refused.index)[0], refused.why, refusals.length)
}

async function sendFlows(session: OpenFlowSession, count: number, encode: (index: number) => Buffer): Promise<void> {
  for (let start = 0; start < count; start += chunkSize) {
    const length = Math.min(chunkSize, count - start)
    await session.send(Buffer.concat(Array.from({length}, (_, offset) => encode(start + offset))))
    if (start + length < count) await setImmediate()
  }
}

function refusedFlow(flow: Flow | undefined, why: string, count: number): AntctlError {
  const text = flow === undefined ? 'a flow' : printFlow(flow)
  const more = count > 1 ? ` and ${count - 1} more` : ''
  return new AntctlError('OPENFLOW', `Open vSwitch refused ${text}${more}: ${why}; nothing was changed`)
}
