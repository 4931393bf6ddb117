import {decodeFlowUpdates, encodeMonitorRequest, type FlowUpdate, type RemovalReason} from './flow-updates.ts'
import type {Flow} from './flow.ts'
import {allTables, multipart} from './messages.ts'
import type {OpenFlowSession} from './session.ts'

/**
 * A change of the bridge's flows that another connection made, or the switch itself (a timeout, learn()). "added" may
 * have replaced a flow with the same table, priority and match. "unknown": the switch left changes out because there
 * were too many; only a comparison of everything tells what happened.
 */
export type ForeignFlowChange =
  | {readonly event: 'added' | 'modified'; readonly table: number; readonly flow: Flow}
  | {readonly event: 'removed'; readonly table: number; readonly flow: Flow; readonly reason: RemovalReason}
  | {readonly event: 'unknown'}

/** Calls `onChange` for every foreign change from when the promise resolves until the result is disposed of. */
export async function watchFlows(
  session: OpenFlowSession,
  id: number,
  onChange: (change: ForeignFlowChange) => void,
): Promise<Disposable> {
  let paused = false
  const tell = (update: FlowUpdate): void => {
    switch (update.event) {
      case 'own':
        return
      case 'paused':
      case 'resumed':
        paused = update.event === 'paused'
        onChange({event: 'unknown'})
        return
      case 'initial':
      case 'added':
      case 'modified':
        if (!paused) onChange({event: update.event === 'modified' ? 'modified' : 'added', ...placed(update.flow)})
        return
      case 'removed':
        // While it pauses, the switch tells our own changes like foreign ones (nicira-ext.h, "Buffer Management").
        if (!paused) onChange({event: 'removed', ...placed(update.flow), reason: update.reason})
    }
  }
  const listening = session.onMessage(({type, body}) => {
    if (type !== 'multipartReply' || multipart.decode(body).type !== 'flowMonitor') return
    for (const update of decodeFlowUpdates(body.subarray(multipart.size))) tell(update)
  })
  const ask = async (command: 'add' | 'delete'): Promise<void> => {
    const body = [multipart.encode({type: 'flowMonitor', flags: 0}), encodeMonitorRequest(id, command, allTables)]
    await session.request('to watch the flows', 'multipartRequest', ...body)
  }
  try {
    await ask('add')
  } catch (error) {
    listening[Symbol.dispose]()
    throw error
  }
  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      // A connection that is gone takes its monitors along.
      ask('delete').catch(() => {})
    },
  }
}

function placed(flow: Flow): {readonly table: number; readonly flow: Flow} {
  return {table: flow.table, flow}
}
