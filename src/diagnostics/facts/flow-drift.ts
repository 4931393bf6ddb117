import {askDrift, askOwnedFlows} from '../../cluster/own-answers.ts'
import type {Session} from '../../cluster/session.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {type DecodedFlow, decodeFlow} from '../flows/decode.ts'
import {dictionaryOf} from '../flows/dictionary.ts'
import {parseFlowLine} from '../flows/rows.ts'
import {fromEachNode, type NodeAnswers} from './each-node.ts'
import {onlyOwn} from './own-agents.ts'

export interface DriftingFlow extends DecodedFlow {
  readonly node: string
  readonly problem: 'missing' | 'extra' | 'different'
}

/** Flows that are wanted and not there, there and not wanted, or other than wanted; the agents compare. */
export async function flowDrift(
  {infos, everyone, roads}: Pick<Session, 'infos' | 'everyone' | 'roads'>,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<{readonly rows: readonly DriftingFlow[]; readonly failures: NodeAnswers<unknown>['failures']}> {
  const requireOwn = onlyOwn(infos, {
    what: 'which flows they want',
    instead: 'antctl get ovsflows --nodes NODE shows what is there',
  })
  const {answers, failures} = await fromEachNode(
    nodes,
    async (node) => {
      requireOwn(node)
      const [{deviations}, told] = await Promise.all([
        askDrift(roads, node),
        // Of one small table: what its numbers mean comes with it.
        askOwnedFlows(roads, node, ['PipelineRootClassifier']),
      ])
      const dictionary = dictionaryOf(told, everyone)
      return deviations
        .filter(({kind}) => kind === 'flow')
        .map(({what, owner, problem}) => ({
          node,
          problem,
          ...decodeFlow(parseFlowLine(what, tableName), dictionary, owner),
        }))
    },
    signal,
  )
  return {rows: answers.flatMap(({answer}) => answer), failures}
}
