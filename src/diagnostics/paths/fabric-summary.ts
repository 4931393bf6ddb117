import type {Cidr} from '../../model/address.ts'
import type {FabricWay} from './fabric.ts'

/** The ways of one Node to the podCIDRs of other subnets, by what is said of them: a thousand Nodes have a million ways. */
export interface FabricSummary {
  readonly from: string
  /** Its own kernel leads to the Node. */
  readonly known: readonly Cidr[]
  readonly routers: readonly {readonly via: string; readonly podCidrs: readonly Cidr[]}[]
  /** `why` is the first one's; `towards`: the routers on the ways to those Nodes themselves. */
  readonly missing?: {readonly why: string; readonly towards: readonly string[]; readonly podCidrs: readonly Cidr[]}
}

export function summariseWays(from: string, ways: readonly FabricWay[]): FabricSummary {
  const of = (verdict: FabricWay['verdict']) => ways.filter((way) => way.verdict === verdict && !way.sameSubnet)
  const missing = of('missing')
  const [first] = missing
  const routers = Map.groupBy(of('router'), ({via = ''}) => via)
  return {
    from,
    known: of('known').map(({podCidr}) => podCidr),
    routers: [...routers].map(([via, led]) => ({via, podCidrs: led.map(({podCidr}) => podCidr)})),
    ...(first !== undefined && {
      missing: {
        why: first.why,
        towards: [...new Set(missing.flatMap(({towards}) => towards ?? []))],
        podCidrs: missing.map(({podCidr}) => podCidr),
      },
    }),
  }
}
