import {openInCluster} from '../cluster/in-cluster.ts'
import {getPod} from '../cluster/pods.ts'
import type {ApiServer} from '../cluster/api.ts'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {describePod} from '../model/pod.ts'
import {portsOf} from '../datapath/ovsdb/switch.ts'
import {tableName} from '../datapath/pipeline/tables.ts'
import {openAdmission} from './api/admission.ts'
import {selfSign} from './api/certificate.ts'
import {endpoints} from './api/endpoints.ts'
import {openMetrics} from './api/metrics.ts'
import {startApi} from './api/server.ts'
import {type CniPlaces, installCni} from './cni/install.ts'
import {startCniServer} from './cni/server.ts'
import {openCniService} from './cni/service.ts'
import type {Plant} from './cni/wire.ts'
import {podsOf} from './cni/wire.ts'
import {networkOf} from './datapath.ts'
import type {Identity} from './identity.ts'
import {readBootstrap} from './load-config.ts'
import type {Log} from './log.ts'
import {type Reconciler, startReconciler} from './reconcile.ts'
import {describeAgent} from './report/agent-info.ts'
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
  let live: Live | undefined
  let resyncDue = false
  const certificate = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
  const apiPort = bootstrap.apiPort ?? names.apiPort

  const describe = async () => {
    const tables = (await live?.openflow.tableStats().catch(() => [])) ?? []
    const counted = tables.filter(({flows}) => flows > 0)
    store.update({flowTable: Object.fromEntries(counted.map(({table, flows}) => [tableName(table), flows]))})
    return describeAgent(store.now(), {identity, apiPort, authority: certificate.cert, now: new Date()})
  }
  const metrics = openMetrics(
    () => store.now(),
    async () => (await live?.openflow.tableStats()) ?? [],
  )
  const server = await startApi({
    port: apiPort,
    certificate,
    admit: openAdmission(api),
    endpoints: endpoints({
      now: () => store.now(),
      live: () => {
        if (live === undefined) throw new AntctlError('OVSDB', store.now().ovsdbTrouble ?? 'Open vSwitch is not ready')
        const {openflow, session} = live
        return {openflow, control: session.control, ports: () => portsOf(session.ovsdb, names.integrationBridge)}
      },
      agentInfo: describe,
      metrics: async () => ({type: metrics.contentType, text: await metrics.metrics()}),
      remoteAddress: (pod) => addressOf(api, pod),
      logLevel: () => log.level,
    }),
    onError: (error) => log.error({err: error}, 'agent api'),
  })

  const reconciler = startReconciler({
    pass: async () => {
      const resync = resyncDue
      resyncDue = false
      await converge(live, store, log, {resync})
    },
    onFailure: (error) => {
      // Without Open vSwitch the session loop tells why.
      if (live === undefined) return
      store.update({dataplaneTrouble: error.message})
      log.error({err: error}, 'datapath not converged')
    },
  })
  const plant = (): Plant | undefined => {
    const {wiring, dataplaneTrouble} = store.now()
    if (live === undefined || wiring === undefined || dataplaneTrouble !== undefined) return undefined
    const {ovsdb} = live.session
    const settle = () => {
      store.update({pods: podsOf(ovsdb)})
      return reconciler.request()
    }
    return {ovsdb, wiring, settle}
  }
  const cni = await startCniServer({
    socketPath: names.cniSocket,
    handle: openCniService(plant),
    onAnswer: (request, milliseconds, error) => {
      const pod = request && describePod(request.pod)
      const facts = {
        command: request?.command,
        pod,
        container: request?.containerId,
        milliseconds: Math.round(milliseconds),
      }
      if (error === undefined) log.info(facts, 'cni')
      else log.warn({...facts, err: error}, 'cni')
    },
  })

  const reporter = startReporter(api, describe, (error) => log.warn({err: error}, 'AntreaAgentInfo not written'))
  followChanges(
    store,
    reconciler,
    () => reporter.changed(),
    () => live !== undefined,
  )
  startWatches({api, node: identity.node, store, log, signal})
  const timer = setInterval(() => {
    resyncDue = true
    if (live !== undefined) void reconciler.request().catch(() => undefined)
  }, resyncEvery)

  await runSessions({
    api,
    node: identity.node,
    ovsRunDir: places.ovsRunDir,
    store,
    log,
    signal,
    reconciler,
    setLive: (now) => {
      live = now
    },
    onServing: async () => {
      await installCni(places)
      log.info({milliseconds: Math.round(performance.now() - start)}, 'serving')
    },
  })
  clearInterval(timer)
  reporter.stop()
  await reconciler.stop()
  cni.close()
  server.close()
  api.close()
}

/** One pass: the network as it is known now → the switch and the kernel. */
async function converge(
  live: Live | undefined,
  store: Store,
  log: Log,
  {resync}: {readonly resync: boolean},
): Promise<void> {
  if (live === undefined) throw new AntctlError('OVSDB', 'Open vSwitch is not ready')
  const start = performance.now()
  const {loaded, loadedAt = start, applied} = store.now()
  const changed = loaded !== undefined && loaded.hash !== applied?.hash
  const network = networkOf(store.now())
  const steps = await (resync ? live.datapath.resync(network) : live.datapath.converge(network))
  const since = changed && applied !== undefined ? loadedAt : start
  const milliseconds = Math.round((performance.now() - since) * 10) / 10
  if (steps.length > 0) log.info({steps: steps.map(({kind}) => kind), milliseconds}, 'datapath changed')
  store.update({
    ...(store.now().dataplaneTrouble !== undefined && {dataplaneTrouble: undefined}),
    ...(changed && {
      applied: loaded,
      lastChange: {time: new Date().toISOString(), result: applied === undefined ? 'started' : 'applied', milliseconds},
    }),
  })
}

function followChanges(store: Store, reconciler: Reconciler, report: () => void, isLive: () => boolean): void {
  store.onChange((now, before) => {
    const moved = now.loaded !== before.loaded || now.nodes !== before.nodes || now.pods !== before.pods
    if (moved && isLive()) void reconciler.request().catch(() => undefined)
    const {flowTable: _now, nodes: _nodes, ...seen} = now
    const {flowTable: _before, nodes: _nodesBefore, ...last} = before
    if (Object.entries(seen).some(([key, value]) => value !== Reflect.get(last, key))) report()
  })
}

async function addressOf(api: ApiServer, pod: {readonly namespace: string; readonly name: string}) {
  const {ip} = await getPod(api, pod)
  if (ip !== undefined) return ip
  throw new AntctlError('POD_UNKNOWN', `Pod ${describePod(pod)} has no address yet`)
}
