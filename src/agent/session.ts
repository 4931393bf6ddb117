import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {NodeWiring} from '../model/node-network.ts'
import {names} from '../model/names.ts'
import type {TunnelEnd} from '../model/tunnel.ts'
import type {LocalPod} from '../model/pod.ts'
import type {OpenFlowConnection} from '../datapath/openflow/connection.ts'
import type {Ovsdb} from '../datapath/ovsdb/connection.ts'
import type {Control} from '../datapath/ovsdb/control.ts'
import {openvSwitchVersion, portsOf} from '../datapath/ovsdb/switch.ts'
import {podsOf} from './cni/pods.ts'
import {type Datapath, openDatapath} from './datapath.ts'
import type {EventLog} from './events.ts'
import {wiringInputs} from './inputs.ts'
import {sweepLeftovers} from './leftovers.ts'
import type {Log} from './log.ts'
import type {Reconciler} from './reconcile.ts'
import {counted, type Figures} from './report/figures.ts'
import type {Store} from './state.ts'
import {type BringUp, bringUp, type Wired} from './wiring/bring-up.ts'
import {type Handover, openHandover, type Tunnels} from './wiring/tunnels.ts'
import {tunnelEnds} from './wiring/tunnel-ports.ts'
import {keepWiring, restoreTrouble} from './wiring/keep.ts'
import {openDatabase, openSwitch} from './wiring/switch-session.ts'

/** Everything that exists only while ovs-vswitchd is there. */
export interface Live {
  readonly session: {readonly ovsdb: Ovsdb; readonly control: Control}
  readonly openflow: OpenFlowConnection
  readonly datapath: Datapath
}

export interface SessionLoop {
  readonly node: string
  readonly ovsRunDir: string
  readonly store: Store
  readonly log: Log
  readonly signal: AbortSignal
  readonly reconciler: Reconciler
  readonly events: EventLog
  readonly figures: Figures
  /** ovsdb-server has answered; from then on the connection comes back by itself. */
  setOvsdb(ovsdb: Ovsdb): void
  setLive(live: Live | undefined): void
  /** A pass that compares with the machine itself. */
  resync(): Promise<void>
  /** Called whenever the datapath has converged for the first time with this ovs-vswitchd. */
  onServing(): void
}

const firstPause = 10
const longestPause = 2_000

/**
 * Connects to ovsdb-server once; then wires the Node and keeps it, anew for each life of ovs-vswitchd. What the other of
 * the two processes holds meanwhile stays as it is.
 */
export async function runSessions(loop: SessionLoop): Promise<void> {
  const {signal, store} = loop
  const onWait = ({message}: AntctlError) => store.update({ovsdbTrouble: message})
  try {
    using ovsdb = await openDatabase(loop.ovsRunDir, {signal, onWait})
    await keepSessions(loop, ovsdb)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function keepSessions(loop: SessionLoop, ovsdb: Ovsdb): Promise<void> {
  const {signal, log, store} = loop
  followDatabase(ovsdb, store)
  loop.setOvsdb(ovsdb)
  const handover = openHandover()
  let pause = firstPause
  while (!signal.aborted) {
    const start = performance.now()
    try {
      await runSession(loop, ovsdb, handover)
    } catch (error) {
      if (signal.aborted) return
      log.warn({err: error}, 'open vswitch session ended')
      const sentence = sentenceOf(error)
      const isSwitch = error instanceof AntctlError && error.code === 'OPENFLOW'
      store.update({dataplaneTrouble: sentence, ...(isSwitch && {openflowTrouble: sentence})})
      pause = performance.now() - start > longestPause ? firstPause : Math.min(pause * 2, longestPause)
      await sleep(pause, undefined, {signal}).catch(() => undefined)
    } finally {
      loop.setLive(undefined)
    }
  }
}

/** The store says what the database holds and whether it answers, from now on. */
function followDatabase(ovsdb: Ovsdb, store: Store): void {
  const seeConnection = () => store.update({ovsdbTrouble: ovsdb.trouble()?.message})
  const seePods = () => takePods(podsOf(ovsdb), store)
  ovsdb.onClose(seeConnection)
  ovsdb.onReconnect(seeConnection)
  ovsdb.onChange(seePods)
  seeConnection()
  seePods()
}

function takePods(pods: readonly LocalPod[], store: Store): void {
  const before = store.now().pods
  if (pods.length !== before.length || pods.some((pod, at) => pod !== before[at])) store.update({pods})
}

async function runSession(loop: SessionLoop, ovsdb: Ovsdb, handover: Handover): Promise<void> {
  const {node, ovsRunDir, store, log, signal, reconciler} = loop
  const inputs = await wiringInputs(store, node, signal)
  const tunnels = (present: readonly TunnelEnd[]) => tunnelsNow(store, handover, present)
  const rewire = () => wire(loop, ovsdb, {...inputs, tunnels: (present) => tunnels(present).ends})
  await sweepLeftovers(loop)
  const wired = await rewire()
  using session = await openSwitch(ovsRunDir, {
    signal,
    onWait: ({message}) => store.update({openflowTrouble: message}),
  })
  const {control} = session
  const openflow = counted(session.openflow, loop.figures)
  const version = openvSwitchVersion(ovsdb)
  store.update({
    openflowTrouble: undefined,
    wiringTrouble: restoreTrouble(ovsdb),
    ...(version !== undefined && {ovsVersion: version}),
  })
  loop.setLive({session: {ovsdb, control}, openflow, datapath: openDatapath({openflow, control})})
  const ended = Promise.race([session.lost, aborted(signal)])
  const over = new AbortController()
  try {
    await Promise.race([
      ended,
      converged(reconciler, over.signal).then(() =>
        keepWiring({
          ovsdb,
          store,
          log,
          inputs,
          wired,
          signal: over.signal,
          tunnels: () => tunnels(tunnelEnds(portsOf(ovsdb, names.integrationBridge))),
          rewire,
          repair: () => loop.figures.repairs.take(rewire),
          resync: () => loop.resync(),
          onServing: () => loop.onServing(),
        }),
      ),
    ])
    if (!signal.aborted) throw await ended
  } finally {
    over.abort()
  }
}

/** Puts the bridges as they must be, and tells the store; the same wiring stays the same object. */
async function wire({store, log, events}: SessionLoop, ovsdb: Ovsdb, inputs: Omit<BringUp, 'ovsdb'>): Promise<Wired> {
  const wired = await bringUp({ovsdb, ...inputs})
  if (wired.removed.length > 0) events.add('repair', `tunnel ports of before are removed: ${wired.removed.join(', ')}`)
  const known = store.now().wiring
  if (isSame(known, wired.wiring)) return {...wired, wiring: known}
  log.info({wiring: wired.wiring}, 'bridges are up')
  store.update({wiring: wired.wiring})
  return wired
}

/** By the configuration as it is now: the tunnel follows it while the agent runs. */
function tunnelsNow(store: Store, handover: Handover, present: readonly TunnelEnd[]): Tunnels {
  const {loaded, started} = store.now()
  const config = (loaded ?? started)?.config
  if (config === undefined) throw new AntctlError('MACHINE', 'the configuration is not known yet')
  const {tunnelType: type, tunnelPort: port, tunnelCsum: csum} = config
  return handover({type, port, csum}, present, performance.now())
}

function isSame(known: NodeWiring | undefined, wiring: NodeWiring): known is NodeWiring {
  return JSON.stringify(known) === JSON.stringify(wiring)
}

/** The first pass with this ovs-vswitchd; one that failed is told by the reconciler, and asked for again. */
async function converged(reconciler: Reconciler, signal: AbortSignal): Promise<void> {
  for (let pause = firstPause; !signal.aborted; pause = Math.min(pause * 2, longestPause)) {
    try {
      await reconciler.request()
      return
    } catch {
      await sleep(pause, undefined, {signal}).catch(() => undefined)
    }
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  const {promise, resolve} = Promise.withResolvers<undefined>()
  if (signal.aborted) resolve(undefined)
  signal.addEventListener('abort', () => resolve(undefined), {once: true})
  return promise
}
