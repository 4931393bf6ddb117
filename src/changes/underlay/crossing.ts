import {type Cidr, familyOf} from '../../model/address.ts'
import {type PairGroup, nodesIn} from '../../model/pair-group.ts'
import type {CloudControllers} from '../../cluster/cloud-controllers.ts'
import type {NodeFacts} from '../../cluster/node-facts.ts'
import type {UnderlayNode} from '../../diagnostics/paths/underlay.ts'

/** A Node as the machine that a cloud sees. */
export interface Machine {
  readonly name: string
  readonly podCidrs: readonly Cidr[]
  readonly ip?: string
  readonly facts?: NodeFacts
}

/** What a change newly asks of the network between the Nodes; all lists are of machines, in the order of the plan. */
export interface Crossing {
  readonly machines: readonly Machine[]
  /** At either end of a way on which Pods' addresses show for the first time. */
  readonly direct: readonly Machine[]
  /** Reached for the first time by routes that are not ours. */
  readonly across: readonly Machine[]
  /** At either end of a way that becomes a tunnel. */
  readonly tunnelled: readonly Machine[]
  /** Those whose Pods keep their address to the outside from now on. */
  readonly unmasked: readonly Machine[]
  readonly tunnel: {readonly type: string; readonly port: number | undefined}
  /** Routers that a Node leaves podCIDRs to, without anybody's word that they know them. */
  readonly routers: ReadonlyMap<string, readonly string[]>
  /** undefined: the caller may not look. */
  readonly controllers?: CloudControllers | undefined
}

export interface CrossingFacts extends Pick<Crossing, 'tunnel' | 'routers' | 'controllers'> {
  readonly groups: readonly PairGroup[]
  readonly underlay: readonly UnderlayNode[]
  readonly nodes: ReadonlyMap<string, NodeFacts>
  readonly unmasked: readonly string[]
}

export function crossingOf({groups, underlay, nodes, unmasked, ...rest}: CrossingFacts): Crossing {
  const machines = underlay.map((node) => machineOf(node, nodes.get(node.name)))
  const among = (names: Iterable<string>) => {
    const wanted = new Set(names)
    return machines.filter(({name}) => wanted.has(name))
  }
  const all = machines.map(({name}) => name)
  const ends = (chosen: readonly PairGroup[]) => among(chosen.flatMap(({from, to}) => [...from, ...nodesIn(to, all)]))
  const fabric = groups.filter(({becomes}) => becomes === 'fabric')
  return {
    ...rest,
    machines,
    direct: ends(groups.filter(({was, becomes}) => was === 'tunnelled' && becomes !== 'tunnelled')),
    across: among(fabric.flatMap(({to}) => nodesIn(to, all))),
    tunnelled: ends(groups.filter(({becomes}) => becomes === 'tunnelled')),
    unmasked: among(unmasked),
  }
}

function machineOf({name, podCidrs, transport}: UnderlayNode, facts: NodeFacts | undefined): Machine {
  const own = transport.find(({ip}) => podCidrs.some((cidr) => familyOf(cidr) === familyOf(ip)))
  return {name, podCidrs, ...(own !== undefined && {ip: own.ip}), ...(facts !== undefined && {facts})}
}
