import type {KernelRoute} from '../../model/agent-api.ts'
import type {LinkSetting, NextHop, Sysctl} from '../host/state.ts'
import type {Flow} from '../openflow/flow.ts'

/** One change of the machine. */
export type Step =
  | {readonly kind: 'sysctls'; readonly sysctls: readonly Sysctl[]}
  | {readonly kind: 'links'; readonly links: readonly LinkSetting[]}
  | {readonly kind: 'nft'; readonly table: 'inet' | 'ingress'; readonly ruleset: string}
  | {readonly kind: 'warm-neighbours'; readonly hops: readonly NextHop[]}
  | {readonly kind: 'tunnel-neighbours'; readonly hops: readonly NextHop[]}
  | {readonly kind: 'withdraw-routes'; readonly routes: readonly KernelRoute[]}
  | {readonly kind: 'direct-routes'; readonly routes: readonly KernelRoute[]}
  | {readonly kind: 'flows'; readonly add: readonly Flow[]; readonly remove: readonly Flow[]}
  | {readonly kind: 'revalidate'}
  | {readonly kind: 'tunnel-routes'; readonly routes: readonly KernelRoute[]}
  | {readonly kind: 'remove-routes'; readonly routes: readonly KernelRoute[]}

/**
 * What receives comes before what sends, a neighbour before what needs it, removals last. A peer's direct route precedes
 * its flow (the flow hands packets to the Node, which must know the way); a route into the tunnel follows its flow.
 */
const order: readonly Step['kind'][] = [
  'sysctls',
  'links',
  'nft',
  'warm-neighbours',
  'tunnel-neighbours',
  // The peer stays but the fabric knows the way (noEncap across subnets): our route must not send packets back to br-int.
  'withdraw-routes',
  'direct-routes',
  'flows',
  'revalidate',
  'tunnel-routes',
  'remove-routes',
]

export function ordered(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}
