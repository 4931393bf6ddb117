import {askRoutes} from '../../cluster/agent-answers.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {fromEachNode, type NodeAnswers} from '../facts/each-node.ts'
import {fabricWays} from './fabric.ts'
import {type FabricSummary, summariseWays} from './fabric-summary.ts'
import {underlayOf} from './underlay.ts'

/** What every Node's kernel knows of the ways to the others' Pods; our own agents alone can say. */
export function observeFabric({infos, roads}: Pick<Session, 'infos' | 'roads'>): Promise<NodeAnswers<FabricSummary>> {
  const underlay = underlayOf(infos)
  return fromEachNode(infos.map(nodeOf), async (from) =>
    summariseWays(from, fabricWays({from, routes: await askRoutes(roads, from), underlay})),
  )
}
