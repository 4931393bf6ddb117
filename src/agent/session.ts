import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../cluster/api.ts'
import {annotateTransport} from '../cluster/node-annotation.ts'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {LocalPod} from '../model/pod.ts'
import type {OpenFlowConnection} from '../datapath/openflow/connection.ts'
import {openvSwitchVersion, setOpenvSwitchConfig} from '../datapath/ovsdb/switch.ts'
import {podsOf} from './cni/pods.ts'
import {type Datapath, openDatapath} from './datapath.ts'
import {handsOf} from './hands.ts'
import type {Log} from './log.ts'
import type {Reconciler} from './reconcile.ts'
import type {AgentState, Store} from './state.ts'
import {bringUp} from './wiring/bring-up.ts'
import {openSwitch, type SwitchSession} from './wiring/switch-session.ts'

/** Everything that exists only while Open vSwitch is there. */
export interface Live {
  readonly session: SwitchSession
  readonly openflow: OpenFlowConnection
  readonly datapath: Datapath
}

export interface SessionLoop {
  readonly api: ApiServer
  readonly node: string
  readonly ovsRunDir: string
  readonly store: Store
  readonly log: Log
  readonly signal: AbortSignal
  readonly reconciler: Reconciler
  setLive(live: Live | undefined): void
  /** Called whenever the datapath has converged for the first time with this Open vSwitch. */
  onServing(): Promise<void>
}

const pause = 1_000

/** Connects to Open vSwitch, wires the Node, keeps it; and again from the start whenever a connection is lost. */
export async function runSessions(loop: SessionLoop): Promise<void> {
  const {signal, log, store} = loop
  while (!signal.aborted) {
    try {
      await runSession(loop)
    } catch (error) {
      if (signal.aborted) return
      log.warn({err: error}, 'open vswitch session ended')
      store.update({dataplaneTrouble: sentenceOf(error), openflowTrouble: sentenceOf(error)})
      await sleep(pause, undefined, {signal}).catch(() => undefined)
    } finally {
      loop.setLive(undefined)
    }
  }
}

async function runSession(loop: SessionLoop): Promise<void> {
  const {api, node, ovsRunDir, store, log, signal, reconciler} = loop
  using session = await openSwitch(ovsRunDir, {
    signal,
    onWait: (error) => {
      if (store.now().ovsdbTrouble !== error.message) store.update({ovsdbTrouble: error.message})
    },
  })
  store.update({ovsdbTrouble: undefined})
  const {config, self, internalIp} = await inputs(store, node, signal)
  const wiring = await bringUp({ovsdb: session.ovsdb, config, self, internalIp})
  log.info({wiring}, 'bridges are up')
  const openflow = await session.openFlow()
  const version = openvSwitchVersion(session.ovsdb)
  store.update({
    wiring,
    openflowTrouble: undefined,
    pods: podsOf(session.ovsdb),
    ...(version !== undefined && {ovsVersion: version}),
  })
  const stopListening = session.ovsdb.onChange(() => takePods(podsOf(session.ovsdb), store))
  try {
    loop.setLive({session, openflow, datapath: openDatapath(handsOf({openflow, control: session.control}))})
    if (config.transportInterface !== undefined) {
      await annotateTransport(
        api,
        node,
        wiring.transport.map(({ip}) => ip),
      )
    }
    await reconciler.request()
    await setOpenvSwitchConfig(session.ovsdb, {'flow-restore-wait': undefined})
    await loop.onServing()
    const lost = await Promise.race([session.lost, once(signal, 'abort')])
    if (lost instanceof AntctlError) throw lost
  } finally {
    stopListening()
  }
}

/** The configuration and this Node's podCIDR, as soon as both are known. */
async function inputs(store: Store, node: string, signal: AbortSignal) {
  const found = ({loaded, nodes, internalIp}: AgentState) => {
    const self = nodes?.find(({name, podCidrs}) => name === node && podCidrs.length > 0)
    return loaded === undefined || self === undefined ? undefined : {config: loaded.config, loaded, self, internalIp}
  }
  let ready = found(store.now())
  while (ready === undefined) {
    await sleep(50, undefined, {signal})
    ready = found(store.now())
  }
  if (store.now().started === undefined) store.update({started: ready.loaded})
  return ready
}

function takePods(pods: readonly LocalPod[], store: Store): void {
  const before = store.now().pods
  if (pods.length !== before.length || pods.some((pod, at) => pod !== before[at])) store.update({pods})
}
