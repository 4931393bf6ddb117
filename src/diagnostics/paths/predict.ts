import {type Cidr, familyOf, type InterfaceAddress, networkOf} from '../../model/address.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {PathKind} from '../../model/path.ts'
import {isTrafficMode, needsTunnel, type TrafficMode} from '../../model/traffic-mode.ts'
import {underlayOf, type UnderlayNode} from './underlay.ts'

/** A Node as far as the API server alone tells of it, in one family. */
export interface PathNode {
  readonly name: string
  readonly podCidr: Cidr
  readonly transport?: InterfaceAddress
  /** undefined: nobody says by which mode it sends. */
  readonly mode?: TrafficMode
  readonly podMtu?: number
  readonly transportMtu?: number
  readonly tunnel?: string
}

/** All ordered pairs of one family: a number a pair, for a thousand Nodes have a million of them. */
export interface Prediction {
  readonly family: 4 | 6
  readonly nodes: readonly PathNode[]
  kind(from: number, to: number): PathKind
  /** Does `from` take `to` for its neighbour, with its own mask? */
  isNear(from: number, to: number): boolean
}

/** `modeElsewhere`: of Nodes whose agent does not say (upstream's), as the ConfigMap has it. */
export function predictPaths(
  infos: readonly AgentInfo[],
  modeElsewhere: TrafficMode | undefined,
): readonly Prediction[] {
  const {nodes} = underlayOf(infos)
  const known = new Map(infos.map((info) => [info.nodeRef.name ?? info.metadata.name, info]))
  return ([4, 6] as const).flatMap((family) => {
    const ofFamily = nodes.flatMap((node) => pathNode(node, family, known.get(node.name), modeElsewhere))
    return ofFamily.length === 0 ? [] : [predictFamily(family, ofFamily)]
  })
}

function pathNode(
  {name, podCidrs, transport}: UnderlayNode,
  family: 4 | 6,
  info: AgentInfo | undefined,
  modeElsewhere: TrafficMode | undefined,
): readonly PathNode[] {
  const {trafficEncapMode = '', podMTU, transportInterfaceMTU, tunnelType} = info?.networkInfo ?? {}
  const mode = isTrafficMode(trafficEncapMode) ? trafficEncapMode : modeElsewhere
  const address = transport.find(({ip}) => familyOf(ip) === family)
  return podCidrs
    .filter((cidr) => familyOf(cidr) === family)
    .map((podCidr) => ({
      name,
      podCidr,
      ...(address !== undefined && {transport: address}),
      ...(mode !== undefined && {mode}),
      ...(podMTU !== undefined && {podMtu: podMTU}),
      ...(transportInterfaceMTU !== undefined && {transportMtu: transportInterfaceMTU}),
      ...(tunnelType !== undefined && {tunnel: tunnelType}),
    }))
}

function predictFamily(family: 4 | 6, nodes: readonly PathNode[]): Prediction {
  // By mask, since most Nodes share one: each address is masked once for each mask that there is.
  const masks = [...new Set(nodes.flatMap(({transport}) => (transport === undefined ? [] : [transport.prefix])))]
  const subnets = new Map(
    masks.map((prefix) => [prefix, nodes.map(({transport}) => transport && subnetOf({ip: transport.ip, prefix}))]),
  )
  const isNear = (from: number, to: number): boolean => {
    const prefix = nodes[from]?.transport?.prefix
    const masked = prefix === undefined ? undefined : subnets.get(prefix)
    return masked?.[from] !== undefined && masked[from] === masked[to]
  }
  const kind = (from: number, to: number): PathKind => {
    const mode = nodes[from]?.mode
    if (nodes[from]?.name === nodes[to]?.name) return 'local'
    if (mode === undefined || nodes[from]?.transport === undefined || nodes[to]?.transport === undefined)
      return 'unknown'
    const sameSubnet = isNear(from, to)
    if (needsTunnel(mode, {sameSubnet})) return 'tunnelled'
    return sameSubnet ? 'routed' : 'fabric'
  }
  return {family, nodes, kind, isNear}
}

function subnetOf({ip, prefix}: InterfaceAddress): string {
  return networkOf(ip, prefix)
}
