import type {PathRow} from '../../model/path.ts'
import type {PathTable} from './table.ts'

/** More rows than a program wants by accident: a hundred Nodes have as many. */
const mostRows = 10_000

/** Every ordered pair of different Nodes; of very many only those with something odd about them. */
export function rowsOf(tables: readonly PathTable[]): readonly PathRow[] {
  return tables.flatMap((table) => {
    const {nodes, odd, row} = table
    if (nodes.length * nodes.length > mostRows) return odd.pairs.map(([from, to]) => row(from, to))
    return nodes.flatMap((own, from) => nodes.flatMap((peer, to) => (own.name === peer.name ? [] : [row(from, to)])))
  })
}
