import type {AgentInfo} from '../../model/agent-info.ts'
import {askPodInterfaces, askRoutes, askTrace} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {Roads} from '../../cluster/road-agents.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {underlayOf} from '../paths/underlay.ts'
import type {TraceSources} from '../trace/follow.ts'

/** Live agents as the sources of a trace; what a Node said once is not asked again. */
export function liveTraceSources(roads: Roads, infos: readonly AgentInfo[]): TraceSources {
  const ours = new Set(infos.filter(isOurAgent).map(nodeOf))
  return {
    underlay: underlayOf(infos),
    trace: (node, query) => askTrace(roads, node, query),
    routes: remember(async (node) => (ours.has(node) ? askRoutes(roads, node) : undefined)),
    podInterfaces: remember((node) => askPodInterfaces(roads, node)),
    // Upstream numbers its tables by the features that are on: there only the switch knows the names.
    tableName: (node, id) => (ours.has(node) ? tableName(id) : undefined),
  }
}

function remember<Answer>(ask: (node: string) => Promise<Answer>): (node: string) => Promise<Answer> {
  const known = new Map<string, Promise<Answer>>()
  return (node) => {
    const answer = known.get(node) ?? ask(node)
    known.set(node, answer)
    return answer
  }
}
