import {setTimeout as sleep} from 'node:timers/promises'
import type {AgentInfo, ConditionType} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import type {Restarted} from '../../model/restart-event.ts'
import {askAgentInfo} from '../../cluster/agent-answers.ts'
import {getAgentInfo} from '../../cluster/agent-infos.ts'
import type {Cluster} from '../../cluster/connect.ts'
import {askDrift} from '../../cluster/own-answers.ts'
import {agentPodTrouble, deleteAgentPod, requestRestart} from '../../cluster/restart-request.ts'
import {openRoads} from '../../cluster/road-agents.ts'
import type {SteadyProbe} from '../../diagnostics/probes/steady.ts'
import type {RestartCluster} from './run.ts'

const options = {timeout: 10_000}
const agentPatience = 5_000
/** What /readyz of the agent says, too. */
const needed: readonly ConditionType[] = ['ConfigValid', 'OVSDBConnectionUp', 'OpenflowConnectionUp', 'DataplaneReady']

/** The cluster as a restart sees it. `infos`: as they were when it was planned. */
export function openRestartCluster(
  cluster: Pick<Cluster, 'api' | 'credentials'>,
  infos: ReadonlyMap<string, AgentInfo>,
  {what, probe}: {readonly what: Restarted; readonly probe: SteadyProbe | undefined},
): RestartCluster {
  const {api} = cluster
  return {
    process: (node) => patiently(async () => processOf(await getAgentInfo(api, node, options)), undefined),
    restart: async (node) =>
      what === 'agent'
        ? requestRestart(api, node, new Date(), options)
        : deleteAgentPod(api, infos.get(node)?.podRef ?? {}, options),
    kubelet: (node) => kubeletsWord(cluster, node),
    trouble: (node) => troubleOf(cluster, node),
    window: async () => probe?.window(),
    now: () => performance.now(),
    sleep: (milliseconds) => sleep(milliseconds),
  }
}

/** A certificate of its own is made at each start. */
function processOf(info: AgentInfo | undefined): string | undefined {
  return info && `${info.podRef.uid ?? ''} ${info.apiCABundle}`
}

/** Its connections are up, its flows, routes and the rest are as they must be, and nothing holds packets back. */
async function troubleOf(cluster: Pick<Cluster, 'api' | 'credentials'>, node: string): Promise<string | undefined> {
  try {
    const known = await getAgentInfo(cluster.api, node, options)
    if (known === undefined) return 'no agent reports from it'
    await using roads = await openRoads(cluster, [known], {timeout: agentPatience})
    const {agentConditions} = await askAgentInfo(roads, known, node)
    const bad = agentConditions.find(({type, status}) => needed.includes(type) && status !== 'True')
    if (bad !== undefined) return `${bad.type} is ${bad.status}: ${bad.message ?? bad.reason ?? 'no reason given'}`
    const {total, deviations} = await askDrift(roads, node)
    const [first] = deviations
    if (total === 0) return undefined
    return `${total} of its flows, routes or settings are not as they must be${first === undefined ? '' : `: ${first.kind} ${first.problem}, ${first.what}`}`
  } catch (error) {
    if (!isPassing(error)) throw error
    return error.message
  }
}

async function kubeletsWord(cluster: Pick<Cluster, 'api'>, node: string): Promise<string | undefined> {
  return patiently(async () => {
    const info = await getAgentInfo(cluster.api, node, options)
    return info && agentPodTrouble(cluster.api, info.podRef, options)
  }, undefined)
}

/** The API server, or the way to an agent, may be away for a moment. */
async function patiently<Result>(ask: () => Promise<Result>, otherwise: Result): Promise<Result> {
  return ask().catch((error: unknown) => {
    if (!isPassing(error)) throw error
    return otherwise
  })
}

function isPassing(error: unknown): error is AntctlError {
  return (
    error instanceof AntctlError &&
    ['AGENT_UNREACHABLE', 'AGENT_ANSWER', 'AGENT_MISSING', 'API_UNREACHABLE', 'API_NOT_FOUND'].includes(error.code)
  )
}
