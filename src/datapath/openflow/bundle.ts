import {setImmediate} from 'node:timers/promises'
import {AntctlError} from '../../model/errors.ts'
import {chunksOf, wholeBundle} from './bundle-chunks.ts'
import type {BundlePart} from './bundle-part.ts'
import type {Flow} from './flow.ts'
import {flowPart} from './flow-mod.ts'
import type {Group} from './group.ts'
import {groupPart, groupToRemove} from './group-mod.ts'
import {bundleControl} from './messages.ts'
import {describeRefusal} from './refusals.ts'
import type {OpenFlowSession} from './session.ts'

export interface FlowChanges {
  /** Added, or replaced where a flow with the same table, priority and match is there. */
  readonly add?: readonly Flow[]
  /** Removed strictly: table, priority and match count, actions and cookie do not. */
  readonly remove?: readonly Flow[]
  readonly groups?: {
    /** Added, or replaced where a group with the same id is there. */
    readonly put?: readonly Group[]
    /** By id. A flow that still points to one goes along with it. */
    readonly remove?: readonly number[]
  }
}

/** In the order of the bundle. */
function partsOf({
  add = [],
  remove = [],
  groups: {put = [], remove: old = []} = {},
}: FlowChanges): readonly BundlePart[] {
  const parts = [
    groupPart(put, 'put'),
    flowPart(remove, 'deleteStrict'),
    flowPart(add, 'add'),
    groupPart(old.map(groupToRemove), 'remove'),
  ]
  return parts.filter(({count}) => count > 0)
}

/**
 * OpenFlow 1.5.1 §6.8: opens a bundle, fills it, and commits it only when the switch took every message. A refused
 * message alone does not fail a bundle, hence the barrier before the decision.
 */
export async function sendBundle(
  session: OpenFlowSession,
  changes: FlowChanges,
  {id, onCommit}: {readonly id: number; readonly onCommit: () => void},
): Promise<void> {
  const parts = partsOf(changes)
  if (parts.length === 0) return
  const control = async (type: 'openRequest' | 'commitRequest' | 'discardRequest'): Promise<unknown> =>
    session.request('a bundle', 'bundleControl', bundleControl.encode({id, type, flags: wholeBundle}))
  const opened = control('openRequest')
  // Looked at after the barrier: not waiting for the answer saves a Pod's few flows a third of their time.
  opened.catch(() => {})
  using refusals = listenForRefusals(session, parts)
  try {
    await sendMessages(session, chunksOf(parts, {bundle: id, firstXid: refusals.firstXid}))
    await session.request('a barrier', 'barrierRequest')
    await opened
    refusals.check()
  } catch (error) {
    await control('discardRequest').catch(() => {})
    refusals.check()
    throw withOutcome(error, 'nothing was changed')
  }
  try {
    const committed = control('commitRequest')
    onCommit()
    await committed
  } catch (error) {
    refusals.check()
    throw withOutcome(error, session.isOpen ? 'nothing was changed' : 'whether it was committed is not known')
  }
}

/** The socket takes a chunk while the next one is made; other work of the process gets its turn in between. */
async function sendMessages(session: OpenFlowSession, chunks: Iterable<Buffer>): Promise<void> {
  let sent: Promise<void> | undefined
  for (const chunk of chunks) {
    if (sent !== undefined) {
      await sent
      await setImmediate()
    }
    sent = session.send(chunk)
    // A chunk that is lost with the connection: who waits next for an answer is told.
    sent.catch(() => {})
  }
}

interface Refusals extends Disposable {
  /** Message `index` of the bundle has this xid and `index` more. */
  readonly firstXid: number
  /** Throws an error that names the first refused message. */
  check(): void
}

function listenForRefusals(session: OpenFlowSession, parts: readonly BundlePart[]): Refusals {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const firstXid = session.takeXids(count)
  let [first, refused]: [{index: number; why: string} | undefined, number] = [undefined, 0]
  session.onRefusal((xid, body) => {
    if (xid < firstXid || xid >= firstXid + count) return false
    first ??= {index: xid - firstXid, why: describeRefusal(body)}
    refused += 1
    return true
  })
  return {
    firstXid,
    check() {
      if (first === undefined) return
      const what = describeMessage(parts, first.index) + (refused > 1 ? ` and ${refused - 1} more` : '')
      throw new AntctlError('OPENFLOW', `Open vSwitch refused ${what}: ${first.why}; nothing was changed`)
    },
    [Symbol.dispose]: () => session.onRefusal(undefined),
  }
}

function describeMessage(parts: readonly BundlePart[], index: number): string {
  let before = 0
  for (const part of parts) {
    if (index < before + part.count) return part.describe(index - before)
    before += part.count
  }
  return 'a message'
}

function withOutcome(error: unknown, outcome: string): unknown {
  if (!(error instanceof AntctlError) || error.code !== 'OPENFLOW') return error
  return new AntctlError(error.code, `${error.message}; ${outcome}`, {cause: error, remedy: error.remedy})
}
