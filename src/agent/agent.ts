import {openInCluster} from '../cluster/in-cluster.ts'
import {names} from '../model/names.ts'
import {type Certificate, selfSign} from './api/certificate.ts'
import {serveApi} from './api/serve.ts'
import {type CniPlaces, installCni} from './cni/install.ts'
import {serveCni} from './cni/serve.ts'
import {converge, followChanges} from './converge.ts'
import type {Identity} from './identity.ts'
import {readBootstrap} from './load-config.ts'
import type {Log} from './log.ts'
import {type Reconciler, startReconciler} from './reconcile.ts'
import {openAccount} from './report/account.ts'
import {startReporter} from './report/reporter.ts'
import {type Live, runSessions} from './session.ts'
import {openStore, type Store} from './state.ts'
import {startWatches} from './watches.ts'

export interface AgentOptions {
  readonly identity: Identity
  readonly places: CniPlaces & {readonly ovsRunDir: string; readonly mountedConfig: string}
  readonly log: Log
  readonly signal: AbortSignal
}

const resyncEvery = 30_000

/** Makes the parts and joins them; resolves when the signal has fired. */
export async function runAgent({identity, places, log, signal}: AgentOptions): Promise<void> {
  const start = performance.now()
  const bootstrap = await readBootstrap(places.mountedConfig)
  const api = await openInCluster(bootstrap.kubeAPIServerOverride)
  const store = openStore()
  let current: Live | undefined
  const live = () => current
  const certificate: Certificate = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
  const apiPort = bootstrap.apiPort ?? names.apiPort
  const account = openAccount({store, live, identity, apiPort, authority: certificate.cert})

  const server = await serveApi({api, store, log, live, certificate, port: apiPort, account})
  const {reconciler, stopResync} = startConverging(store, log, live)
  const cni = await serveCni({store, log, ovsdb: () => current?.session.ovsdb, live, reconciler})
  const reporter = startReporter(api, account, (error) => log.warn({err: error}, 'AntreaAgentInfo not written'))
  followChanges(store, {reconciler, report: () => reporter.changed(), isLive: () => current !== undefined})
  startWatches({api, node: identity.node, store, log, signal})

  await runSessions({
    api,
    node: identity.node,
    ovsRunDir: places.ovsRunDir,
    store,
    log,
    signal,
    reconciler,
    setLive: (now) => {
      current = now
    },
    onServing: async () => {
      await installCni(places)
      log.info({milliseconds: Math.round(performance.now() - start)}, 'serving')
    },
  })
  stopResync()
  reporter.stop()
  await reconciler.stop()
  cni.close()
  server.close()
  api.close()
}

/** The loop of passes; every now and then one that compares with the machine itself. */
function startConverging(
  store: Store,
  log: Log,
  live: () => Live | undefined,
): {readonly reconciler: Reconciler; readonly stopResync: () => void} {
  let due = false
  const reconciler = startReconciler({
    pass: async () => {
      const resync = due
      due = false
      await converge(live(), store, log, {resync})
    },
    onFailure: (error) => {
      // Without Open vSwitch the session loop tells why.
      if (live() === undefined) return
      store.update({dataplaneTrouble: error.message})
      log.error({err: error}, 'datapath not converged')
    },
  })
  const timer = setInterval(() => {
    due = true
    if (live() !== undefined) void reconciler.request().catch(() => undefined)
  }, resyncEvery)
  return {reconciler, stopResync: () => clearInterval(timer)}
}
