import type {Server} from 'node:net'
import {names} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {podFlows} from '../../datapath/pipeline/pod.ts'
import {diff} from '../../datapath/plan/diff.ts'
import {flowKind} from '../../datapath/plan/kinds.ts'
import type {Log} from '../log.ts'
import {podMtuOf} from '../network.ts'
import type {Reconciler} from '../reconcile.ts'
import type {Live} from '../session.ts'
import type {AgentState, Store} from '../state.ts'
import {podHands} from './hands.ts'
import type {Plant, Trouble} from './plant.ts'
import {podsOf, type WiredPod} from './pods.ts'
import {podPorts} from './ports.ts'
import type {CniRequest} from './request.ts'
import {startCniServer} from './server.ts'
import {type CniService, openCniService} from './service.ts'

export interface CniParts {
  readonly store: Store
  readonly log: Log
  /** As soon as and as long as ovsdb-server answers. */
  readonly ovsdb: () => Ovsdb | undefined
  readonly live: () => Live | undefined
  readonly reconciler: Reconciler
  readonly socketPath?: string
}

const sweepEvery = 60_000

/** Serves the container runtime from now on; until the datapath has converged an ADD hears why it has to wait. */
export async function serveCni(parts: CniParts): Promise<Pick<Server, 'close'> & Pick<CniService, 'reserve'>> {
  const {store, log, socketPath = names.cniSocket} = parts
  const service = openCniService({plant: () => plantOf(parts), hands: podHands})
  const server = await startCniServer({
    socketPath,
    handle: (request) => service.handle(request),
    onAnswer: (request, milliseconds, error) => {
      const facts = {...factsOf(request), milliseconds: Math.round(milliseconds * 10) / 10}
      // The runtime asks for the status every five seconds.
      if (error === undefined) log[request?.command === 'STATUS' ? 'debug' : 'info'](facts, 'cni')
      else log.warn({...facts, err: error}, 'cni')
    },
  })
  const timer = setInterval(() => void sweepNow(service, log), sweepEvery).unref()
  store.onChange((now, before) => {
    if (isWell(now) && !isWell(before)) void sweepNow(service, log)
  })
  return {
    reserve: service.reserve,
    close: (...args) => {
      clearInterval(timer)
      return server.close(...args)
    },
  }
}

/** Then what was not heard of can be looked for. */
function isWell({ovsdbTrouble, dataplaneTrouble}: AgentState): boolean {
  return (ovsdbTrouble ?? dataplaneTrouble) === undefined
}

async function sweepNow(service: CniService, log: Log): Promise<void> {
  try {
    const {ports, links} = await service.sweep()
    if (ports.length + links.length > 0) log.info({ports, links}, 'what was left of gone Pods is removed')
  } catch (error) {
    log.warn({err: error}, 'what is left of gone Pods could not be removed')
  }
}

function plantOf({store, ovsdb: connected, live, reconciler, log}: CniParts): Plant {
  const ovsdb = connected()
  const state = store.now()
  return {
    ports: ovsdb && podPorts(ovsdb),
    wiring: state.wiring,
    podMtu: () => podMtuNow(store.now()),
    trouble: troubleOf(state, ovsdb, live()),
    settle: ({coming, leaving}) => {
      if (ovsdb !== undefined) {
        const pods = podsOf(ovsdb).filter(({interfaceName}) => !leaving.has(interfaceName))
        store.update({pods, coming: [...coming.values()]})
      }
      return reconciler.request()
    },
    nextFlows: () => live()?.openflow.nextCommit(),
    warn: (error, sentence) => log.warn({err: error}, sentence),
    missingFlows: async (pod) => missingFlows(pod, state, live()),
  }
}

function podMtuNow({wiring, loaded}: AgentState): number | undefined {
  return wiring === undefined || loaded === undefined ? undefined : podMtuOf(wiring, loaded.config)
}

/** Why no Pod can be added now; the first of the things that the next ones wait for. */
export function troubleOf(
  {loaded, configTrouble, nodes, wiring, applied, ...troubles}: AgentState,
  ovsdb: Ovsdb | undefined,
  live: Live | undefined,
): Trouble | undefined {
  if (ovsdb === undefined) {
    return {sentence: `Open vSwitch is away: ${troubles.ovsdbTrouble ?? 'closed'}`, reachesWired: true}
  }
  if (loaded === undefined) {
    return {
      sentence: `the configuration is not known: ${configTrouble ?? 'the API server is away'}`,
      reachesWired: false,
    }
  }
  if (nodes === undefined) {
    return {sentence: 'the API server has not told the podCIDR of this Node yet', reachesWired: false}
  }
  if (wiring === undefined || live === undefined) {
    return {sentence: `the bridges are not up: ${troubles.openflowTrouble ?? 'not connected yet'}`, reachesWired: true}
  }
  const trouble = troubles.wiringTrouble ?? troubles.dataplaneTrouble
  if (trouble === undefined) return undefined
  // Before the first pass nothing has been taken away from the Pods that are wired.
  return {sentence: `the datapath is not as it must be: ${trouble}`, reachesWired: applied !== undefined}
}

async function missingFlows(pod: WiredPod, {wiring}: AgentState, live: Live | undefined): Promise<number> {
  if (wiring === undefined || live === undefined) return Number.NaN
  return diff(flowKind, await live.openflow.dumpFlows(), podFlows(pod, wiring.gateway.mac)).put.length
}

function factsOf(request: CniRequest | undefined) {
  if (request === undefined) return {}
  if (!('containerId' in request)) return {command: request.command}
  return {command: request.command, pod: describePod(request.pod), container: request.containerId}
}
