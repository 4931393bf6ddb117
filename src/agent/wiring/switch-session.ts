import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../datapath/openflow/connection.ts'
import {connectOvsdb, type Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {connectControl, type Control} from '../../datapath/ovsdb/control.ts'

/** The databases and processes of Open vSwitch, from the first answer of both until one goes away. */
export interface SwitchSession extends Disposable {
  readonly ovsdb: Ovsdb
  readonly control: Control
  /** Resolves with the reason when a connection ends. */
  readonly lost: Promise<AntctlError>
  /** br-int must be there. */
  openFlow(): Promise<OpenFlowConnection>
}

const pause = 200

/** Waits for ovsdb-server and ovs-vswitchd as long as it takes; `onWait` hears why. */
export async function openSwitch(
  runDir: string,
  {signal, onWait}: {readonly signal: AbortSignal; readonly onWait: (error: AntctlError) => void},
): Promise<SwitchSession> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await connect(runDir, signal)
    } catch (error) {
      onWait(error instanceof AntctlError ? error : new AntctlError('OVSDB', sentenceOf(error), {cause: error}))
      await sleep(pause, undefined, {signal})
    }
  }
}

async function connect(runDir: string, signal: AbortSignal): Promise<SwitchSession> {
  using stack = new DisposableStack()
  const ovsdb = stack.use(await connectOvsdb(join(runDir, 'db.sock'), {signal}))
  const control = stack.use(await connectControl(runDir, {signal}))
  const {promise: lost, resolve} = Promise.withResolvers<AntctlError>()
  const closed = (code: 'OVSDB' | 'OPENFLOW') => (reason: AntctlError | undefined) =>
    resolve(reason ?? new AntctlError(code, 'the connection was closed'))
  ovsdb.onClose(closed('OVSDB'))
  const held = stack.move()
  return {
    ovsdb,
    control,
    lost,
    openFlow: async () => {
      const openflow = held.use(await connectOpenFlow(join(runDir, `${names.integrationBridge}.mgmt`), {signal}))
      openflow.onClose(closed('OPENFLOW'))
      return openflow
    },
    [Symbol.dispose]: () => held.dispose(),
  }
}
