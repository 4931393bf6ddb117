import type {ApiServer} from '../../cluster/api.ts'
import {type ProbeOptions, runOrders} from '../../diagnostics/probes/run.ts'
import {refusalError} from '../../model/refusals/refuse.ts'
import type {ModePlan} from '../set-mode/mode-plan.ts'
import {judgePreflight, type PreflightReport} from './judge.ts'
import {ordersFor} from './orders.ts'
import {samplePairs, type TriedPair} from './sample.ts'

/** Tries the new way of the pairs that change, beside their traffic; nothing of the cluster's configuration is touched. */
export async function preflight(plan: ModePlan, api: ApiServer, options: ProbeOptions): Promise<PreflightReport> {
  const pairs = triedPairs(plan)
  const seen = await runOrders(api, ordersFor(pairs, largestOf(plan)), options)
  return judgePreflight(plan, pairs, seen)
}

/** Where the masks of two Nodes differ the answer comes back another way, which no probe of one form can do. */
function triedPairs({pairs, nodes, subnets}: ModePlan): readonly TriedPair[] {
  const oneWay = new Set(
    subnets.flatMap(({reason, nodes: [from, to]}) => (reason === 'one-way' ? [`${from} ${to}`] : [])),
  )
  const names = nodes.map(({node}) => node)
  return samplePairs(pairs.groups, names).filter(({from, to}) => !oneWay.has(`${from} ${to}`))
}

/** Throws PREFLIGHT_FAILED with what mends each reason. */
export function assertPassed({refusals}: PreflightReport): void {
  if (refusals.length > 0) throw refusalError(refusals, {code: 'PREFLIGHT_FAILED'})
}

/** Only where Pods are to send more than they do: agents try what Pods send now anyway. */
function largestOf({nodes}: ModePlan): number | undefined {
  const growing = nodes.flatMap(({podMtu}) => (podMtu !== undefined && podMtu.to > podMtu.from ? [podMtu.to] : []))
  return growing.length === 0 ? undefined : Math.max(...growing)
}
