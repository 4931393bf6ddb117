import {askFlows, type FlowQuery} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {type FlowRow, parseFlowLine} from '../flows/rows.ts'
import {fromEachNode, type NodeAnswers} from './each-node.ts'

/** Flows of these Nodes, with tables named: upstream's agents name them, ours number them by our pipeline. */
export function liveFlows(
  {infos, roads}: Pick<Session, 'infos' | 'roads'>,
  nodes: readonly string[],
  query: FlowQuery,
): Promise<NodeAnswers<readonly FlowRow[]>> {
  const ours = new Set(infos.filter(isOurAgent).map(nodeOf))
  return fromEachNode(nodes, async (node) => {
    const name = ours.has(node) ? tableName : undefined
    const flows = await askFlows(roads, node, query)
    return flows.map(({flow}) => parseFlowLine(flow, name))
  })
}
