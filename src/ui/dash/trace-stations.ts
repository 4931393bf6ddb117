import type {BridgeHop, Hop, KernelHop, TableHop, TraceWay} from '../../model/trace.ts'
import type {Walk} from './walk.ts'

/** One box on the packet's way. */
export interface Station {
  readonly way: 'there' | 'back'
  readonly title: string
  /** In the box. */
  readonly says: string
  /** Beside it: the flow or route that matched, and what it has counted. */
  readonly detail: readonly string[]
  /** Here it was decided where the packet goes. */
  readonly decides: boolean
}

/** Every table, kernel and wire from the sender to the receiver, and back. */
export function stationsOf(walk: Walk, way: TraceWay): readonly Station[] {
  const back = way.reply?.hops ?? []
  return [
    ...way.hops.flatMap((hop) => stationsAt(walk, hop, 'there')),
    ...back.flatMap((hop) => stationsAt(walk, hop, 'back')),
  ]
}

function stationsAt(walk: Walk, hop: Hop, way: Station['way']): readonly Station[] {
  switch (hop.at) {
    case 'bridge':
      return bridgeStations(walk, hop, way)
    case 'kernel':
      return [
        {
          way,
          title: `${hop.node} · kernel`,
          says: hop.says,
          detail: kernelDetail(hop),
          decides: hop.route !== undefined,
        },
      ]
    case 'wire': {
      const {node, to, form, via, echo} = hop
      const time = echo?.tries[0]?.roundTrip
      const detail = [
        form === 'tunnelled' ? 'in the tunnel' : form === 'routed' ? 'without a tunnel' : `by the router ${via ?? ''}`,
        ...(time === undefined ? [] : [`the gateways' ping came back after ${time.toFixed(2)} ms`]),
        ...(hop.assumed === true ? ['nobody who was asked can say that it goes this way'] : []),
      ]
      return [{way, title: `${node} ══ ${to}`, says: hop.says, detail, decides: false}]
    }
  }
}

/** Tables in which only the last row matched, which passes everything on, say nothing. */
function bridgeStations(walk: Walk, hop: BridgeHop, way: Station['way']): readonly Station[] {
  const shown = hop.tables.filter((table) => table.priority > 0 || isDeciding(table, hop))
  return [
    ...shown.map((table) => ({
      way,
      title: `${hop.node} · ${table.table}`,
      says: walk.asks[table.table] ?? table.actions.join(', '),
      detail: flowDetail(walk, hop, table),
      decides: isDeciding(table, hop),
    })),
    {way, title: `${hop.node} · out of br-int`, says: hop.says, detail: exitDetail(hop), decides: false},
  ]
}

function isDeciding({tableId, priority, match}: TableHop, {deciding}: BridgeHop): boolean {
  return deciding?.tableId === tableId && deciding.priority === priority && deciding.match === match
}

function flowDetail({packets}: Walk, {node}: BridgeHop, hop: TableHop): readonly string[] {
  const count = packets.get(flowKey(node, hop))
  return [
    `priority ${hop.priority}`,
    ...(hop.match === '' ? [] : [`match ${hop.match}`]),
    `then ${hop.actions.join(', ') || 'drop'}`,
    count === undefined ? 'how many packets it has met is not known' : `${count} packets have met it`,
  ]
}

function exitDetail({exit, conntrack}: BridgeHop): readonly string[] {
  const connections = conntrack.map(({does, zone, state}) => `connection tracking ${does} in zone ${zone}: ${state}`)
  switch (exit.way) {
    case 'port':
      return [`by port ${exit.port}`, ...connections]
    case 'gateway':
      return [`by ${exit.port}, to the Node's kernel`, ...connections]
    case 'tunnel':
      return [`by ${exit.port}, into the tunnel to ${exit.tunDst}`, ...connections]
    case 'dropped':
    case 'unknown':
      return [`${exit.way}: ${exit.reason}`, ...connections]
  }
}

function kernelDetail({route, neighbour, translations}: KernelHop): readonly string[] {
  return [
    ...translations.flatMap(({what, from, to, rules}) => [`${what} ${from} becomes ${to}`, ...rules]),
    ...(route === undefined
      ? []
      : [`route ${route.to}${route.via === undefined ? '' : ` via ${route.via}`} dev ${route.dev}`]),
    ...(neighbour === undefined ? [] : [`neighbour ${neighbour.ip} is ${neighbour.mac ?? 'silent'}`]),
  ]
}

/** The same flow in a trace and in a dump: both print it, each with its own commas and quotes. */
export function flowKey(
  node: string,
  {table, priority, match}: Pick<TableHop, 'table' | 'priority' | 'match'>,
): string {
  const parts = match
    .replaceAll('"', '')
    .split(',')
    .map((part) => part.trim())
  return `${node} ${table} ${priority} ${parts.toSorted().join()}`
}
