import type {AgentInfo} from '../../model/agent-info.ts'
import {readEffective} from '../../model/config/effective.ts'
import {judge} from '../../model/refusals/judge.ts'
import {type Refused, refusalError} from '../../model/refusals/refuse.ts'
import type {Surroundings} from '../../model/refusals/row.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import {underlayOf} from '../../diagnostics/paths/underlay.ts'

/** What no agent, or not every Node's agent, would run must not be written; throws MODE_REFUSED with all that is known. */
export function judgeForNodes(
  text: string,
  infos: readonly AgentInfo[],
  nodes: ReadonlyMap<string, NodeFacts> = new Map(),
): void {
  const {values, refused} = readEffective({text}, {})
  const found = new Map<string, {readonly refused: Refused; readonly nodes: string[]}>()
  const known = new Set(refused.map(({id}) => id))
  for (const info of infos) {
    for (const one of judge({values, around: surroundingsOf(info, nodes.get(nodeOf(info)))}, () => ({}))) {
      if (known.has(one.id)) continue
      const same = found.get(one.sentence) ?? {refused: one, nodes: []}
      same.nodes.push(nodeOf(info))
      found.set(one.sentence, same)
    }
  }
  const ofNodes = [...found.values()].map(({refused, nodes}) => ({
    ...refused,
    sentence: `${nodesText(nodes)}: ${refused.sentence}`,
  }))
  const all = [...refused, ...ofNodes]
  if (all.length > 0) throw refusalError(all, {code: 'MODE_REFUSED'})
}

function surroundingsOf(info: AgentInfo, {provider, cloudRoutes}: Partial<NodeFacts> = {}): Surroundings {
  const [node] = underlayOf([info]).nodes
  const mtu = info.networkInfo.transportInterfaceMTU
  return {
    ...(provider !== undefined && {provider}),
    ...(cloudRoutes !== undefined && {cloudRoutes}),
    ...(node !== undefined && {podCidrs: node.podCidrs}),
    ...(node !== undefined && mtu !== undefined && {transport: {mtu, addresses: node.transport}}),
  }
}

/** A thousand Nodes have the same trouble for one reason. */
function nodesText(nodes: readonly string[]): string {
  const shown = nodes.slice(0, 3).join(', ')
  return nodes.length > 3 ? `${shown} and ${nodes.length - 3} more` : shown
}
