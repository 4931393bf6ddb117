import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {isOurAgent, isUpstream, nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {rowsOfEachNode} from './each-node.ts'

export interface OnlyOwn {
  /** "their routes" */
  readonly what: string
  /** A command, in which POD and NODE stand for the agent's. */
  readonly instead: string
}

/** Rows of all Nodes; those of upstream's agents, which cannot answer, fail with what to ask instead. */
export async function rowsOfOwnAgents<Row extends object>(
  look: {readonly session: Session; readonly signal: AbortSignal},
  missing: OnlyOwn,
  ask: (node: string) => Promise<readonly Row[]>,
): ReturnType<typeof rowsOfEachNode<Row>> {
  const requireOwn = onlyOwn(look.session.infos, missing)
  return rowsOfEachNode(look, async (node) => {
    requireOwn(node)
    return ask(node)
  })
}

/** Nobody of upstream's agents probes; throws NOT_AVAILABLE where there are no others. */
export function requireProbing(infos: readonly AgentInfo[]): void {
  const instead = 'antctl check reachability tries TCP and UDP between Pods on every Node'
  if (isUpstream(infos)) infos.map(nodeOf).forEach(onlyOwn(infos, {what: 'what is lost between them', instead}))
}

/** Upstream's agents do not tell everything. */
export function onlyOwn(infos: readonly AgentInfo[], {what, instead}: OnlyOwn): (node: string) => void {
  const own = new Set(infos.filter(isOurAgent).map(nodeOf))
  const pods = new Map(infos.map((info) => [nodeOf(info), info.podRef.name ?? 'POD']))
  return (node) => {
    if (own.has(node)) return
    throw new AntctlError('NOT_AVAILABLE', `not available from upstream's agents: they do not tell ${what}`, {
      remedy: [instead.replaceAll('POD', pods.get(node) ?? 'POD').replaceAll('NODE', node)],
    })
  }
}
