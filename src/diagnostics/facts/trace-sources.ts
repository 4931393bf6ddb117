import type {AgentInfo} from '../../model/agent-info.ts'
import {isTunnelType} from '../../model/tunnel.ts'
import {askEcho, askKernelWay, askPodInterfaces, askServiceWay, askTrace} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {Roads} from '../../cluster/road-agents.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {underlayOf} from '../paths/underlay.ts'
import type {TraceSources} from '../trace/sources.ts'

/** Live agents as the sources of a trace; what a Node said once is not asked again. `quiet`: nobody sends anything. */
export function liveTraceSources(
  roads: Roads,
  infos: readonly AgentInfo[],
  {quiet}: {readonly quiet: boolean},
): TraceSources {
  const ours = new Set(infos.filter(isOurAgent).map(nodeOf))
  const byNode = new Map(infos.map((info) => [nodeOf(info), info.networkInfo]))
  return {
    underlay: underlayOf(infos),
    trace: (node, stop) => askTrace(roads, node, stop),
    kernel: remember(async (node, question) => (ours.has(node) ? askKernelWay(roads, node, question) : undefined)),
    service: remember(async (node, asked) => (ours.has(node) ? askServiceWay(roads, node, asked) : undefined)),
    echo: async (node, to, sizes) =>
      quiet || !ours.has(node) || !ours.has(to) ? undefined : askEcho(roads, node, to, sizes),
    podInterfaces: remember((node) => askPodInterfaces(roads, node)),
    // Upstream numbers its tables by the features that are on: there only the switch knows the names.
    tableName: (node, id) => (ours.has(node) ? tableName(id) : undefined),
    knowsConnections: (node) => ours.has(node),
    sizes: (node) => {
      const {podMTU, tunnelType = ''} = byNode.get(node) ?? {}
      return {...(podMTU !== undefined && {podMtu: podMTU}), ...(isTunnelType(tunnelType) && {tunnel: tunnelType})}
    },
  }
}

function remember<Question extends readonly unknown[], Answer>(
  ask: (node: string, ...question: Question) => Promise<Answer>,
): (node: string, ...question: Question) => Promise<Answer> {
  const known = new Map<string, Promise<Answer>>()
  return (node, ...question) => {
    const key = JSON.stringify([node, question])
    const answer = known.get(key) ?? ask(node, ...question)
    known.set(key, answer)
    return answer
  }
}
