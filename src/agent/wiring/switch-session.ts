import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../datapath/openflow/connection.ts'
import {connectOvsdb, type Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {connectControl, type Control} from '../../datapath/ovsdb/control.ts'

/** One life of ovs-vswitchd, from its first answer until it goes away. */
export interface SwitchSession extends Disposable {
  readonly control: Control
  readonly openflow: OpenFlowConnection
  /** Resolves with the reason when a connection ends. */
  readonly lost: Promise<AntctlError>
}

export interface Waiting {
  readonly signal: AbortSignal
  /** Hears why it is not there yet, once for each other reason. */
  readonly onWait: (why: AntctlError) => void
}

const firstPause = 5
/** A try costs less than a millisecond, and every Pod of the Node waits for ovs-vswitchd. */
const longestPause = 100

/** Waits for ovsdb-server as long as it takes. */
export function openDatabase(runDir: string, waiting: Waiting): Promise<Ovsdb> {
  return untilThere('OVSDB', waiting, () => connectOvsdb(join(runDir, 'db.sock'), {signal: waiting.signal}))
}

/** Waits for ovs-vswitchd and its br-int as long as it takes. */
export function openSwitch(runDir: string, waiting: Waiting): Promise<SwitchSession> {
  return untilThere('OPENFLOW', waiting, () => connect(runDir, waiting.signal))
}

async function untilThere<T>(
  code: 'OVSDB' | 'OPENFLOW',
  {signal, onWait}: Waiting,
  attempt: () => Promise<T>,
): Promise<T> {
  let told: string | undefined
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      const why = error instanceof AntctlError ? error : new AntctlError(code, sentenceOf(error), {cause: error})
      if (why.message !== told) onWait(why)
      told = why.message
      await sleep(pause, undefined, {signal})
    }
  }
}

async function connect(runDir: string, signal: AbortSignal): Promise<SwitchSession> {
  using stack = new DisposableStack()
  const openflow = stack.use(await connectOpenFlow(join(runDir, `${names.integrationBridge}.mgmt`), {signal}))
  const control = stack.use(await connectControl(runDir, {signal}))
  const {promise: lost, resolve} = Promise.withResolvers<AntctlError>()
  const end = (reason: AntctlError | undefined) =>
    resolve(reason ?? new AntctlError('OPENFLOW', 'the connection to ovs-vswitchd was closed'))
  openflow.onClose(end)
  control.onClose(end)
  const held = stack.move()
  return {openflow, control, lost, [Symbol.dispose]: () => held.dispose()}
}
