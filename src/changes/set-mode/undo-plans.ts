import type {Change} from '../../model/change.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {nodesOf} from '../engine/steps.ts'
import {type ModeValues, nodeValues, valuesOf} from '../engine/wanted.ts'
import type {ModePlan} from './mode-plan.ts'
import {observeFacts} from './observe-facts.ts'
import {drawPlan, type ModeWish} from './plan.ts'

/** The way back of a finished change, judged by the facts of now: a plan for the cluster, or one for all Nodes that go back to the same. */
export async function undoPlans(session: Session, change: Change, signal: AbortSignal): Promise<readonly ModePlan[]> {
  const there = new Set(session.infos.map(nodeOf))
  const plans: ModePlan[] = []
  for (const {values, wish} of waysBack(change, there)) {
    const facts = await observeFacts(session, values.trafficEncapMode, signal)
    const plan = drawPlan(facts, values.trafficEncapMode, wish)
    plans.push({...plan, ...(change.plan.scope === 'cluster' && {phases: change.plan.phases.toReversed()})})
  }
  return plans
}

interface WayBack {
  readonly values: ModeValues
  readonly wish: ModeWish
}

/** Pure; `there`: the Nodes that the cluster still has. */
export function waysBack(change: Change, there: ReadonlySet<string>): readonly WayBack[] {
  const {options, scope} = change.plan
  if (scope === 'cluster') {
    const values = valuesOf(change, 'back')
    return [{values, wish: {noSNAT: values.noSNAT, options, keepsOwn: true}}]
  }
  const nodes = nodesOf(change).filter((node) => there.has(node))
  const alike = Map.groupBy(nodes, (node) => JSON.stringify(nodeValues(change, node, 'back')))
  return [...alike.values()].flatMap((some) =>
    some.slice(0, 1).map((first) => {
      const values = nodeValues(change, first, 'back')
      return {values, wish: {noSNAT: values.noSNAT, options, nodes: some}}
    }),
  )
}
