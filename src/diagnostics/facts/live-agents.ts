import type {AgentInfo} from '../../model/agent-info.ts'
import {askAgentInfo} from '../../cluster/agent-answers.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {fromEachNode, type NodeAnswers} from './each-node.ts'

/** What the agents say of themselves now, not at their last heartbeat. */
export function liveAgentInfos({infos, roads}: Session): Promise<NodeAnswers<AgentInfo>> {
  const known = new Map(infos.map((info) => [nodeOf(info), info]))
  return fromEachNode([...known.keys()], async (node) => {
    const info = known.get(node)
    return askAgentInfo(roads, info ?? {metadata: {name: node}, apiCABundle: ''}, node)
  })
}
