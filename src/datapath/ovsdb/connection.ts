import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {DatabaseCopy, monitorRequests, type Rows} from './copy.ts'
import {type JsonRpcSession, openJsonRpc} from './json-rpc.ts'
import type {TableName} from './schema.ts'

/** One operation of RFC 7047 §5.2, for example {op: 'insert', table: 'Bridge', row: {...}}. */
export interface Operation {
  readonly op: string
  readonly table?: string
  readonly [member: string]: unknown
}

/** What one operation gave back: rows of select, uuid of insert, count of update, mutate and delete. */
export interface OperationResult {
  readonly rows?: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly uuid?: readonly [string, string] | undefined
  readonly count?: number | undefined
}

/** Connection to ovsdb-server's Open_vSwitch database with a copy of the rows that we use. Errors have code OVSDB. */
export interface Ovsdb extends Disposable {
  /** All or nothing; throws when any operation or the commit failed. */
  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]>
  /** Our copy of a table, by uuid. It is current when transact() resolves. */
  rows<Name extends TableName>(table: Name): Rows<Name>
  /** Called after each update of the copy. The answer takes the listener away. */
  onChange(listener: () => void): () => void
  /** Resolves once `look` finds something in the copy; TIMEOUT says `what` did not come within the time (ms). */
  waitFor<T>(what: string, look: () => T | undefined, milliseconds?: number): Promise<T>
  onClose(listener: (reason: AntctlError | undefined) => void): void
  close(): void
}

const database = 'Open_vSwitch'
const monitorId = 'antctl'
const monitorReply = v.tuple([v.boolean(), v.string(), v.unknown()])
const results = v.array(
  v.nullable(
    v.object({
      error: v.optional(v.string()),
      details: v.optional(v.string()),
      rows: v.optional(v.array(v.record(v.string(), v.unknown()))),
      uuid: v.optional(v.tuple([v.string(), v.string()])),
      count: v.optional(v.number()),
    }),
  ),
)

/** `socketPath` is ovsdb-server's, for example /var/run/openvswitch/db.sock. Resolves once the first copy is there. */
export async function connectOvsdb(socketPath: string, {signal}: {readonly signal?: AbortSignal} = {}): Promise<Ovsdb> {
  const session = await openJsonRpc(socketPath, {name: 'ovsdb-server', code: 'OVSDB'}, signal)
  const copy = new DatabaseCopy()
  const listeners = new Set<() => void>()
  const onChange = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const update = (updates: unknown): void => {
    copy.apply(updates)
    for (const listener of listeners) listener()
  }
  session.onNotification((method, params) => {
    if (method === 'update3') update(params[2])
  })
  // ovsdb-server(7), monitor_cond_since; all zeros: we have no earlier transaction to go on from.
  const since = '00000000-0000-0000-0000-000000000000'
  const reply = await session.call('monitor_cond_since', [database, monitorId, monitorRequests(), since])
  update(v.parse(monitorReply, reply)[2])
  return {
    transact: async (operations) => transact(session, operations),
    rows: (table) => copy.rows(table),
    onChange,
    waitFor: async (what, look, milliseconds = 10_000) => waitFor(session, onChange, {what, look, milliseconds}),
    onClose: (listener) => session.onClose(listener),
    close: () => session.close(),
    [Symbol.dispose]: () => session.close(),
  }
}

/** RFC 7047 §4.1.3: one result an operation, null for those after a failed one, one more when the commit failed. */
async function transact(session: JsonRpcSession, operations: readonly Operation[]): Promise<OperationResult[]> {
  const read = v.parse(results, await session.call('transact', [database, ...operations]))
  for (const [index, result] of read.entries()) {
    if (result?.error === undefined) continue
    const operation = operations[index]
    const what = operation === undefined ? 'the commit' : `${operation.op} ${operation.table ?? ''}`.trim()
    throw new AntctlError('OVSDB', `ovsdb-server refused ${what}: ${result.error}: ${result.details ?? 'no details'}`)
  }
  if (read.length < operations.length)
    throw new AntctlError('OVSDB', 'ovsdb-server answered fewer results than operations')
  return read.map((result) => result ?? {})
}

interface Wish<T> {
  readonly what: string
  readonly milliseconds: number
  look(): T | undefined
}

async function waitFor<T>(
  session: JsonRpcSession,
  onChange: (listener: () => void) => () => void,
  {what, look, milliseconds}: Wish<T>,
): Promise<T> {
  const now = look()
  if (now !== undefined) return now
  const {promise, resolve, reject} = Promise.withResolvers<T>()
  const late = new AntctlError('OVSDB', `${what} did not happen within ${milliseconds / 1000} s`, {
    remedy: ['is ovs-vswitchd running?'],
  })
  const timer = setTimeout(() => reject(late), milliseconds)
  const forget = onChange(() => {
    const found = look()
    if (found !== undefined) resolve(found)
  })
  session.onClose((reason) => reject(reason ?? new AntctlError('OVSDB', `closed while waiting until ${what}`)))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    forget()
  }
}
