import type {Cidr} from '../../model/address.ts'
import type {FabricWay} from './fabric.ts'

/** The ways of one Node to all podCIDRs, by what is said of them: a thousand Nodes have a million ways. */
export interface FabricSummary {
  readonly from: string
  /** Its own kernel leads to the Node. */
  readonly known: readonly Cidr[]
  readonly routers: readonly {readonly via: string; readonly podCidrs: readonly Cidr[]}[]
  /** `why` is the first one's. */
  readonly missing?: {readonly why: string; readonly podCidrs: readonly Cidr[]}
}

export function summariseWays(from: string, ways: readonly FabricWay[]): FabricSummary {
  const of = (verdict: FabricWay['verdict']) => ways.filter((way) => way.verdict === verdict)
  const missing = of('missing')
  const [first] = missing
  const routers = Map.groupBy(of('router'), ({via = ''}) => via)
  return {
    from,
    known: of('known').map(({podCidr}) => podCidr),
    routers: [...routers].map(([via, led]) => ({via, podCidrs: led.map(({podCidr}) => podCidr)})),
    ...(first !== undefined && {missing: {why: first.why, podCidrs: missing.map(({podCidr}) => podCidr)}}),
  }
}
