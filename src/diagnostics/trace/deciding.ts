import type {TableHop} from '../../model/trace.ts'

/**
 * The flow that chose the way. On our agents its table has a name; upstream's table numbers depend on its features, so
 * there the flow is known by what it does: it sets tun_dst, or the destination in bits 4-7 of reg0.
 */
export function decidingFlow(tables: readonly TableHop[]): TableHop | undefined {
  return (
    tables.findLast(({table, priority}) => table === 'L3Forwarding' && priority > 0) ??
    tables.findLast(({actions}) => actions.some((action) => /->tun_(?:ipv6_)?dst$|\/0xf0->reg0$/u.test(action))) ??
    tables.findLast(
      ({actions, match}) => match.includes('dl_dst=') && actions.some((action) => action.endsWith('->reg1')),
    ) ??
    tables.at(-1)
  )
}

/** "L3Forwarding priority 200 ip,nw_dst=10.244.2.0/24", short enough for a sentence. */
export function describeFlow({table, priority, match}: TableHop): string {
  const words = /^\d+$/u.test(table) ? `table ${table}` : table
  return [words, `priority ${priority}`, match].filter((part) => part !== '').join(' ')
}
