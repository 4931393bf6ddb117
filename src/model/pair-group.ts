/** How packets of one Node's Pods are to reach another's. fabric: by a route that is not ours, perhaps by a router. */
export type PlannedClass = 'tunnelled' | 'routed' | 'fabric'

/** unknown: the Node does not say by which mode it sends. */
export type PairWay = PlannedClass | 'unknown'

/** These, or all Nodes of the plan but these. */
export type NodeSet = {readonly only: readonly string[]} | {readonly allBut: readonly string[]}

/**
 * Ordered pairs of Nodes whose packets change their way in the same manner: each of `from` to each of `to`, never a Node to
 * itself. A thousand Nodes have 999 000 pairs and some dozens of these.
 */
export interface PairGroup {
  readonly family: 4 | 6
  readonly from: readonly string[]
  readonly to: NodeSet
  readonly was: PairWay
  readonly becomes: PairWay
  /** How many pairs these are. */
  readonly count: number
}

/** One by one; `nodes` are all of the plan. */
export function* pairsOf(
  {from, to}: Pick<PairGroup, 'from' | 'to'>,
  nodes: readonly string[],
): Generator<{readonly from: string; readonly to: string}> {
  const peers = nodesIn(to, nodes)
  for (const sender of from) for (const peer of peers) if (peer !== sender) yield {from: sender, to: peer}
}

/** One by one; `nodes` are all of the plan. */
export function nodesIn(to: NodeSet, nodes: readonly string[]): readonly string[] {
  if ('only' in to) return to.only
  const left = new Set(to.allBut)
  return nodes.filter((node) => !left.has(node))
}
