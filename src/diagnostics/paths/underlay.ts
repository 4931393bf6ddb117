import {
  type Cidr,
  contains,
  type InterfaceAddress,
  type Ip,
  isIpText,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'

/** Whose address is this: the map from what packets carry to Nodes, as the agents report themselves. */
export interface Underlay {
  readonly nodes: readonly UnderlayNode[]
  /** The Node with that transport address. */
  ownerOf(ip: Ip | string): string | undefined
  /** The Node whose podCIDR holds the address. */
  homeOf(ip: Ip): string | undefined
}

export interface UnderlayNode {
  readonly name: string
  readonly podCidrs: readonly Cidr[]
  readonly transport: readonly InterfaceAddress[]
}

export function underlayOf(infos: readonly AgentInfo[]): Underlay {
  const nodes = infos.map((info) => ({
    name: info.nodeRef.name ?? info.metadata.name,
    podCidrs: info.nodeSubnets.flatMap((text) => readable(() => parseCidr(text))),
    transport: (info.networkInfo.transportInterfaceIPs ?? []).flatMap((text) =>
      readable(() => parseInterfaceAddress(text)),
    ),
  }))
  const owners = nodes.flatMap(({name, transport}) => transport.map(({ip}) => [ip, name] as const))
  const byAddress = new Map<string, string>(owners)
  return {
    nodes,
    ownerOf: (ip) => (isIpText(ip) ? byAddress.get(parseIp(ip)) : undefined),
    homeOf: (ip) => nodes.find(({podCidrs}) => podCidrs.some((cidr) => contains(cidr, ip)))?.name,
  }
}

function readable<Value>(parse: () => Value): readonly Value[] {
  try {
    return [parse()]
  } catch {
    return []
  }
}
