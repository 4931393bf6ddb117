import type {Cidr} from '../../model/address.ts'
import type {FabricWay} from './fabric.ts'

/**
 * The ways of one Node to the podCIDRs of other subnets, by what is said of them. A thousand Nodes have a million ways, of
 * which nearly all are alike: those of the last group are not listed, they are all the rest.
 */
export interface FabricSummary {
  readonly from: string
  readonly groups: readonly FabricGroup[]
}

export interface FabricGroup extends Pick<FabricWay, 'verdict' | 'via'> {
  /** Of a way that is missing: why the first one is. */
  readonly why?: string
  /** Of ways that are missing: the routers on the ways to those Nodes themselves. */
  readonly towards?: readonly string[]
  /** Absent: all that no other group has. */
  readonly podCidrs?: readonly Cidr[]
}

export function summariseWays(from: string, ways: readonly FabricWay[]): FabricSummary {
  const alike = Map.groupBy(
    ways.filter(({sameSubnet}) => !sameSubnet),
    ({verdict, via = ''}) => `${verdict} ${via}`,
  )
  const groups = [...alike.values()].toSorted((a, b) => a.length - b.length).map(groupOf)
  return {
    from,
    groups: groups.map(({podCidrs, ...group}, at) => (at === groups.length - 1 ? group : {...group, podCidrs})),
  }
}

function groupOf(ways: readonly FabricWay[]): FabricGroup & {readonly podCidrs: readonly Cidr[]} {
  const [first] = ways
  const podCidrs = ways.map(({podCidr}) => podCidr)
  if (first?.verdict === 'missing')
    return {
      verdict: 'missing',
      why: first.why,
      towards: [...new Set(ways.flatMap(({towards}) => towards ?? []))],
      podCidrs,
    }
  return {verdict: first?.verdict ?? 'known', ...(first?.via !== undefined && {via: first.via}), podCidrs}
}
