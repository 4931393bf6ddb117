import * as v from 'valibot'
import {monitorRequests} from './copy.ts'
import {type JsonRpcSession, openJsonRpc} from './json-rpc.ts'
import {checkSchema} from './schema-check.ts'

export const database = 'Open_vSwitch'
/** No transaction to go on from: the server sends everything. */
export const fromTheStart = '00000000-0000-0000-0000-000000000000'

/** Rows as the server sent them, and the transaction after which they are so. */
export interface Updates {
  /** True: what happened since the transaction that was asked for; false: the whole database. */
  readonly found: boolean
  readonly transaction: string
  readonly rows: unknown
}

/** A session whose server has our tables. */
export interface Monitor {
  readonly session: JsonRpcSession
  readonly first: Updates
  /** Hears what came after `first`, of which some may have come already. */
  follow(listener: (updates: Updates) => void): void
}

const reply = v.tuple([v.boolean(), v.string(), v.unknown()])
/** ovsdb-server(7), update3: monitor id, transaction, rows. */
const update3 = v.tuple([v.unknown(), v.string(), v.unknown()])

/** Connects, checks the server's schema and asks for everything after the transaction `since` (monitor_cond_since). */
export async function openMonitor(socketPath: string, since: string, signal: AbortSignal): Promise<Monitor> {
  const session = await openJsonRpc(socketPath, {name: 'ovsdb-server', code: 'OVSDB'}, signal)
  const early: Updates[] = []
  let hear = (updates: Updates): unknown => early.push(updates)
  session.onNotification((method, params) => {
    if (method !== 'update3') return
    const [, transaction, rows] = v.parse(update3, params)
    hear({found: true, transaction, rows})
  })
  session.endWhenSilent()
  try {
    const [, answer] = await Promise.all([
      session.call('get_schema', [database]).then(checkSchema),
      session.call('monitor_cond_since', [database, 'antctl', monitorRequests(), since]),
    ])
    const [found, transaction, rows] = v.parse(reply, answer)
    return {
      session,
      first: {found, transaction, rows},
      follow: (listener) => {
        for (const updates of early.splice(0)) listener(updates)
        hear = listener
      },
    }
  } catch (error) {
    session.close()
    throw error
  }
}
