import type {ApiServer} from '../../cluster/api.ts'
import {getPod} from '../../cluster/pods.ts'
import type {Ip} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {describePod, type PodName} from '../../model/pod.ts'
import {portsOf} from '../../datapath/ovsdb/switch.ts'
import type {EventLog} from '../events.ts'
import {type Log, verbosityNow} from '../log.ts'
import type {Figures} from '../report/figures.ts'
import type {Live} from '../session.ts'
import type {Store} from '../state.ts'
import {openAdmission} from './admission.ts'
import type {Certificate} from './certificate.ts'
import {endpoints} from './endpoints.ts'
import {expositionType, printMetrics} from './exposition.ts'
import {measure} from './measure.ts'
import {describeMetrics} from './metrics.ts'
import {startApi, startLocalApi} from './server.ts'

export interface ApiParts {
  readonly api: ApiServer
  readonly store: Store
  readonly log: Log
  readonly live: () => Live | undefined
  readonly certificate: Certificate
  readonly port: number
  readonly figures: Figures
  readonly account: () => Promise<AgentInfo>
  readonly events: EventLog
}

/** The agent API over this agent's own state and its switch, for the cluster and for root of this Node. */
export async function serveApi({
  api,
  store,
  log,
  live,
  certificate,
  port,
  account,
  events,
  figures,
}: ApiParts): Promise<{close(): void}> {
  const now = () => store.now()
  const metrics = async () => describeMetrics(now(), figures, await measure(live(), now().wiring?.datapath))
  const paths = endpoints({
    now,
    live: () => {
      const found = live()
      if (found === undefined) throw new AntctlError('OVSDB', now().ovsdbTrouble ?? 'Open vSwitch is not ready')
      const {openflow, datapath, session} = found
      return {
        openflow,
        datapath,
        control: session.control,
        ports: () => portsOf(session.ovsdb, names.integrationBridge),
      }
    },
    agentInfo: account,
    metrics: async () => ({type: expositionType, text: printMetrics(await metrics())}),
    remoteAddress: (pod) => addressOf(api, pod),
    logVerbosity: () => verbosityNow(now().loaded?.config.logVerbosity ?? 0),
    events: (query) => events.list(query),
  })
  const onError = (error: unknown) => log.error({err: error}, 'agent api')
  const servers = await Promise.all([
    startApi({port, certificate, admit: openAdmission(api), endpoints: paths, onError}),
    startLocalApi(names.apiSocket, {endpoints: paths, onError}),
  ])
  return {close: () => servers.forEach((server) => server.close())}
}

async function addressOf(api: ApiServer, pod: PodName): Promise<Ip> {
  const {ip} = await getPod(api, pod)
  if (ip !== undefined) return ip
  throw new AntctlError('POD_UNKNOWN', `Pod ${describePod(pod)} has no address yet`)
}
