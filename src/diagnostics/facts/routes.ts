import type {KernelRoute} from '../../model/agent-api.ts'
import {askRoutes} from '../../cluster/agent-answers.ts'
import type {Session} from '../../cluster/session.ts'
import {destinations} from './destinations.ts'
import type {NodeAnswers} from './each-node.ts'
import {rowsOfOwnAgents} from './own-agents.ts'

const missing = {what: 'their routes', instead: 'kubectl -n kube-system exec POD -c antrea-agent -- ip route'}

/** `for`: the Node that the route leads to, or whose address it is. */
export type FoundRoute = KernelRoute & {readonly node: string; readonly for?: string}

/** What the kernels of all Nodes hold, and which Node each route leads to. */
export function gatherRoutes(look: {
  readonly session: Session
  readonly signal: AbortSignal
}): Promise<{readonly rows: readonly FoundRoute[]; readonly failures: NodeAnswers<unknown>['failures']}> {
  const {everyone, roads} = look.session
  const {nodeOfRoute} = destinations(everyone)
  return rowsOfOwnAgents(look, missing, async (node) =>
    (await askRoutes(roads, node)).map((route) => ({...route, ...nodeOfRoute(route.to)})),
  )
}
