import type {KernelRoute} from '../../model/agent-api.ts'
import type {RouteRule} from '../host/peer-tables.ts'
import type {PodResize} from '../host/pod-sizes.ts'
import type {LinkSetting, NextHop, Sysctl} from '../host/state.ts'
import type {TunnelWay} from '../host/tunnel-ways.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Group} from '../openflow/group.ts'
import type {Meter} from '../openflow/meter.ts'

/** One change of the machine. */
export type Step =
  | {readonly kind: 'sysctls'; readonly sysctls: readonly Sysctl[]}
  | {readonly kind: 'links'; readonly links: readonly LinkSetting[]}
  | {readonly kind: 'limit-pods' | 'free-pods'; readonly pods: readonly PodResize[]}
  | {readonly kind: 'ruleset'; readonly ruleset: string}
  | {readonly kind: 'guard' | 'unguard'; readonly devices: readonly string[]}
  | {readonly kind: 'pod-cidrs' | 'remove-pod-cidrs'; readonly podCidrs: readonly string[]}
  | {readonly kind: 'warm-neighbours' | 'tunnel-neighbours'; readonly hops: readonly NextHop[]}
  | {readonly kind: 'tunnel-ways'; readonly ways: readonly TunnelWay[]; readonly dev: string}
  | {
      readonly kind: 'withdraw-routes' | 'direct-routes' | 'tunnel-routes' | 'remove-routes'
      readonly routes: readonly KernelRoute[]
    }
  | {readonly kind: 'withdraw-rules' | 'direct-rules' | 'tunnel-rules'; readonly rules: readonly RouteRule[]}
  | {readonly kind: 'meters'; readonly meters: readonly Meter[]}
  | {readonly kind: 'remove-meters'; readonly ids: readonly number[]}
  | {readonly kind: 'receiving-flows'; readonly add: readonly Flow[]}
  | {
      readonly kind: 'flows'
      readonly add: readonly Flow[]
      readonly remove: readonly Flow[]
      readonly groups?: {readonly put: readonly Group[]; readonly remove: readonly number[]}
    }
  | {readonly kind: 'revalidate'}

/**
 * What receives comes before what sends, a neighbour before what needs it, removals last. A peer's direct route precedes
 * its flow (the flow hands packets to the Node, which must know the way); a route into the tunnel follows its flow. So do the
 * rules by which the Node looks them up.
 */
const order: readonly Step['kind'][] = [
  'sysctls',
  'links',
  // Pods send less before the way takes less, and more when it takes more.
  'limit-pods',
  'ruleset',
  'guard',
  'pod-cidrs',
  'warm-neighbours',
  'tunnel-ways',
  'tunnel-neighbours',
  // The Node sends Services' requests otherwise from its first route or rule on: their answers may come by either way.
  'receiving-flows',
  // The peer stays but the fabric knows the way (noEncap across subnets): our route must not send packets back to br-int.
  'withdraw-routes',
  'direct-routes',
  'direct-rules',
  'withdraw-rules',
  // No bundle takes a meter along, and a flow must not point to one that is not there. Groups are in the flows' bundle.
  'meters',
  'flows',
  'remove-meters',
  'revalidate',
  'tunnel-routes',
  'tunnel-rules',
  'remove-routes',
  'remove-pod-cidrs',
  'free-pods',
  'unguard',
]

export function ordered(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}
