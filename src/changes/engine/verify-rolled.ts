import type {AgentInfo, ConditionType} from '../../model/agent-info.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {AgentPod} from '../../cluster/agent-pods.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import {flowsTrouble} from '../upstream/seen-mode.ts'
import type {Drive} from './drive.ts'
import type {Looked} from './gate.ts'
import type {RollingStep} from './steps.ts'
import type {Trouble} from './verify-node.ts'

/** By what can be seen of upstream's agents: a new Pod that is Ready, its own account of now, and flows as the mode wants them. */
export async function verifyRolled(
  {cluster, journal}: Pick<Drive, 'cluster' | 'journal'>,
  {mode}: RollingStep,
  {node, info, ways}: Looked,
): Promise<{readonly paths: readonly PairPath[]} | NonNullable<Trouble>> {
  const pod = await cluster.agentPod(node)
  const trouble = podTrouble(pod, journal.now().nodes[node]?.pod) ?? infoTrouble(info, pod)
  if (trouble !== undefined) return {why: trouble}
  try {
    const paths = await cluster.observePairs(node)
    const wrong = flowsTrouble(paths, ways(node, mode))
    return wrong === undefined ? {paths} : {why: wrong}
  } catch (error) {
    if (error instanceof AntctlError && error.code.startsWith('AGENT')) return {why: sentenceOf(error)}
    throw error
  }
}

function podTrouble(pod: AgentPod | undefined, before: string | undefined): string | undefined {
  if (pod === undefined) return 'its agent has no Pod yet'
  if (pod.uid === before) return 'its agent still runs in the Pod before'
  return pod.ready ? undefined : `the Pod ${pod.name} of its agent is not Ready`
}

/** OVSDBConnectionUp was False for a while on Nodes of upstream's that forwarded all packets. */
const needed: readonly ConditionType[] = ['AgentHealthy', 'OpenflowConnectionUp']

/** The account of the agent before is as good as none. */
function infoTrouble(info: AgentInfo | undefined, pod: AgentPod | undefined): string | undefined {
  if (info === undefined) return 'no agent reports from it'
  if (info.podRef.name !== pod?.name) return 'its AntreaAgentInfo is still that of the agent before'
  const bad = info.agentConditions.find(({type, status}) => needed.includes(type) && status !== 'True')
  if (bad !== undefined) return `its agent says that ${bad.type} is ${bad.status}`
  const beats = info.agentConditions.map(({lastHeartbeatTime}) => Date.parse(lastHeartbeatTime))
  return Math.max(...beats) >= Date.parse(pod?.created ?? '')
    ? undefined
    : 'its agent has not reported since it started'
}
