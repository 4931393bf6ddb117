import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {DatabaseCopy, type Rows} from './copy.ts'
import {fromTheStart, type Monitor, openMonitor, type Updates} from './monitor.ts'
import type {Operation} from './operations.ts'
import type {TableName} from './schema.ts'
import {type OperationResult, transact} from './transact.ts'
import {waitFor} from './wait-for.ts'

type ChangeListener = (tables: ReadonlySet<TableName>) => void
type CloseListener = (reason: AntctlError | undefined) => void

/**
 * The Open_vSwitch database of ovsdb-server with a copy of the rows that we use. A lost connection comes back by itself;
 * meanwhile the copy stays as it was, and every request rejects at once. Errors have code OVSDB.
 */
export interface Ovsdb extends Disposable {
  /** All or nothing; throws when any operation or the commit failed. */
  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]>
  /** Our copy of a table, by uuid. It is current when transact() resolves. */
  rows<Name extends TableName>(table: Name): Rows<Name>
  /** Another number after each change of the copy. */
  readonly revision: number
  /** Called after each real change of the copy, a resync included. The answer takes the listener away. */
  onChange(listener: ChangeListener): () => void
  /** Resolves once `look` finds something in the copy; rejects when `what` did not come within the time (ms). */
  waitFor<T>(what: string, look: () => T | undefined, milliseconds?: number): Promise<T>
  /** Why there is no connection now; undefined while there is one. */
  trouble(): AntctlError | undefined
  /** Called at each loss with its reason, and after close() with undefined. The answer takes the listener away. */
  onClose(listener: CloseListener): () => void
  /** Called when the connection is there again and the copy is current. The answer takes the listener away. */
  onReconnect(listener: () => void): () => void
  close(): void
}

const firstPause = 10
const longestPause = 1_000

/**
 * `socketPath` is ovsdb-server's, for example /var/run/openvswitch/db.sock. Resolves once the first copy is there; rejects
 * when nobody answers, or the server's schema lacks what we use. `signal` closes the connection.
 */
export async function connectOvsdb(socketPath: string, {signal}: {readonly signal?: AbortSignal} = {}): Promise<Ovsdb> {
  const connection = new OvsdbConnection(socketPath)
  signal?.addEventListener('abort', () => connection.close(), {once: true})
  await connection.connect()
  return connection
}

class OvsdbConnection implements Ovsdb {
  readonly #socketPath: string
  readonly #copy = new DatabaseCopy()
  readonly #changeListeners = new Set<ChangeListener>()
  readonly #closeListeners = new Set<CloseListener>()
  readonly #reconnectListeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #monitor: Monitor | undefined
  #trouble: AntctlError | undefined = new AntctlError('OVSDB', 'ovsdb-server is not connected yet')
  #since = fromTheStart
  #revision = 0

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  async connect(): Promise<void> {
    const monitor = await openMonitor(this.#socketPath, this.#since, this.#closing.signal)
    try {
      this.#take(monitor.first)
      monitor.follow((updates) => this.#take(updates))
    } catch (error) {
      // The copy and the server's account do not fit together: the next time from the start.
      this.#since = fromTheStart
      monitor.session.close()
      throw error
    }
    this.#monitor = monitor
    this.#trouble = undefined
    monitor.session.onClose((reason) => this.#lose(reason))
  }

  async transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    if (this.#monitor === undefined) throw this.#trouble ?? closed()
    return transact(this.#monitor.session, operations)
  }

  rows<Name extends TableName>(table: Name): Rows<Name> {
    return this.#copy.rows(table)
  }

  get revision(): number {
    return this.#revision
  }

  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  waitFor<T>(what: string, look: () => T | undefined, milliseconds = 10_000): Promise<T> {
    return waitFor(this, {what, look, milliseconds})
  }

  trouble(): AntctlError | undefined {
    return this.#trouble
  }

  onClose(listener: CloseListener): () => void {
    this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener)
    return () => this.#reconnectListeners.delete(listener)
  }

  close(): void {
    if (this.#closing.signal.aborted) return
    const connected = this.#monitor !== undefined
    // Ends the session, too, whose end is then told.
    this.#closing.abort()
    if (!connected) this.#lose(undefined)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #take({found, transaction, rows}: Updates): void {
    let changed: ReadonlySet<TableName>
    this.#revision++
    try {
      changed = found ? this.#copy.apply(rows) : this.#copy.replace(rows)
    } catch (error) {
      this.#since = fromTheStart
      throw error
    }
    this.#since = transaction
    if (changed.size > 0) for (const listener of this.#changeListeners) listener(changed)
  }

  #lose(reason: AntctlError | undefined): void {
    const isClosed = this.#closing.signal.aborted
    this.#monitor = undefined
    this.#trouble = isClosed ? closed() : (reason ?? closed())
    for (const listener of this.#closeListeners) listener(isClosed ? undefined : reason)
    if (!isClosed) void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const {signal} = this.#closing
    for (let pause = firstPause; !signal.aborted; pause = Math.min(2 * pause, longestPause)) {
      await sleep(pause, undefined, {signal}).catch(() => undefined)
      try {
        await this.connect()
        if (this.#monitor === undefined) return
        for (const listener of this.#reconnectListeners) listener()
        return
      } catch (error) {
        if (signal.aborted) return
        this.#trouble = error instanceof AntctlError ? error : new AntctlError('OVSDB', sentenceOf(error))
      }
    }
  }
}

function closed(): AntctlError {
  return new AntctlError('OVSDB', 'the connection to ovsdb-server is closed')
}
