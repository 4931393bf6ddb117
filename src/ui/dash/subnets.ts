import {networkOf} from '../../model/address.ts'
import type {PathTable} from '../../diagnostics/paths/table.ts'

/** Nodes of one subnet, by their own masks. `nodes`: places in the table. */
export interface Subnet {
  readonly name: string
  readonly nodes: readonly number[]
}

const known = new WeakMap<PathTable, readonly Subnet[]>()

/** Subnets in the order of their first Node. */
export function subnetsOf(table: PathTable): readonly Subnet[] {
  const found = known.get(table)
  if (found !== undefined) return found
  const groups = Map.groupBy(table.nodes.keys(), (at) => {
    const transport = table.nodes[at]?.transport
    return transport === undefined ? 'no transport address' : networkOf(transport.ip, transport.prefix)
  })
  const subnets = [...groups].map(([name, nodes]) => ({name, nodes}))
  known.set(table, subnets)
  return subnets
}

/** The table's places in the order of the matrix: one subnet after the other. */
export function matrixOrder(table: PathTable): readonly number[] {
  return subnetsOf(table).flatMap(({nodes}) => nodes)
}
