import {flushCompileCache} from 'node:module'
import {openInCluster} from '../cluster/in-cluster.ts'
import {names} from '../model/names.ts'
import type {Ovsdb} from '../datapath/ovsdb/connection.ts'
import {announceTransport} from './announce.ts'
import {type Certificate, selfSign} from './api/certificate.ts'
import {serveApi} from './api/serve.ts'
import {rememberInputs} from './checkpoint.ts'
import {type CniPlaces, installCni, withdrawCni} from './cni/install.ts'
import {serveCni} from './cni/serve.ts'
import {followChanges} from './converge.ts'
import {keepConflist} from './conflist.ts'
import {startConverging} from './converging.ts'
import {openEventLog} from './events.ts'
import {followState} from './follow-state.ts'
import type {Identity} from './identity.ts'
import {forgetUpstreamAnnotations} from './leftovers.ts'
import {readBootstrap} from './load-config.ts'
import {followVerbosity, type Log} from './log.ts'
import {forgetProbes, openNodeEnd} from './probe/end.ts'
import {followProbeSessions} from './probe/sessions.ts'
import {shareEnd} from './probe/shared-end.ts'
import {openAccount} from './report/account.ts'
import {openFigures} from './report/figures.ts'
import {startReporter} from './report/reporter.ts'
import {type Live, runSessions} from './session.ts'
import {openStore} from './state.ts'
import {fallBackToCheckpoint, startWatches} from './watches.ts'

export interface AgentOptions {
  readonly identity: Identity
  readonly places: CniPlaces & {
    readonly ovsRunDir: string
    readonly mountedConfig: string
    readonly checkpoint: string
    readonly serviceAccount: string
  }
  readonly log: Log
  readonly signal: AbortSignal
  /** Fires the signal. */
  readonly stop: () => void
}

/** Makes the parts and joins them; resolves when the signal has fired. */
export async function runAgent({identity, places, log, signal, stop: end}: AgentOptions): Promise<void> {
  const {node} = identity
  const store = openStore()
  const figures = openFigures()
  let current: Live | undefined
  let database: Ovsdb | undefined
  const live = () => current
  const events = openEventLog()
  followState(store, events)
  followVerbosity(store, log)
  const {reconciler, resync, watch, stop} = startConverging({store, log, events, live, figures})
  const ovsdb = () => (database?.trouble() === undefined ? database : undefined)
  const cni = await serveCni({
    store,
    log,
    ovsdb,
    live,
    reconciler,
  })
  log.info({milliseconds: sinceStart()}, 'cni listening')

  const bootstrap = await readBootstrap(places.mountedConfig)
  const api = await openInCluster(bootstrap.kubeAPIServerOverride, places.serviceAccount)
  startWatches({api, node, store, log, signal}, (requestedAt) => {
    events.add('configuration', `a restart was asked for at ${requestedAt.toISOString()}: this process ends`)
    log.info({requestedAt}, 'a restart was asked for')
    end()
  })
  void fallBackToCheckpoint(places.checkpoint, {node, store, log, signal})
  void announceTransport(api, node, {store, log, signal})
  void forgetUpstreamAnnotations(api, node, {log, events, signal})
  const onError = (error: unknown) => log.error({err: error}, 'checkpoint not written')
  const stopRemembering = rememberInputs(store, {file: places.checkpoint, node, onError})

  const probes = once(async () => {
    const parts = {store, reconciler, ovsdb, reserve: cni.reserve}
    await forgetProbes(parts).catch((error: unknown) => log.warn({err: error}, 'probes of an earlier process are left'))
    followProbeSessions({api, node, open: shareEnd(() => openNodeEnd(parts)), log, signal})
  })

  let report = () => {}
  followChanges(store, {reconciler, report: () => report(), isLive: () => current !== undefined})
  const sessions = runSessions({
    node,
    ovsRunDir: places.ovsRunDir,
    store,
    log,
    signal,
    reconciler,
    resync,
    events,
    figures,
    setOvsdb: (ovsdb) => {
      database = ovsdb
    },
    setLive: (now) => {
      current = now
      watch(now)
    },
    onServing: () => {
      // By itself Node writes it at an orderly exit only.
      flushCompileCache()
      probes()
      log.info({milliseconds: sinceStart()}, 'serving')
    },
  })
  const install = async () => {
    const {wiring} = store.now()
    if (wiring !== undefined) await installCni(places, wiring)
  }
  void keepConflist({store, log, signal, install, withdraw: () => withdrawCni(places)})
  const certificate: Certificate = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
  const apiPort = bootstrap.apiPort ?? names.apiPort
  const account = openAccount({store, live, identity, apiPort, authority: certificate.cert})
  const server = await serveApi({api, store, log, live, certificate, port: apiPort, account, events, figures})
  const reporter = startReporter(api, account, (error) => log.warn({err: error}, 'AntreaAgentInfo not written'))
  report = () => reporter.changed()

  await sessions
  await stopRemembering()
  reporter.stop()
  await stop()
  cni.close()
  server.close()
  api.close()
}

/** Milliseconds since the process began. */
function sinceStart(): number {
  return Math.round(performance.now())
}

function once(act: () => Promise<void>): () => void {
  let done: Promise<void> | undefined
  return () => void (done ??= act())
}
