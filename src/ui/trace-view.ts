import {type NodeHop, type TableHop, type Trace, traceVerdicts, type TraceEnd} from '../model/trace.ts'
import type {KernelRoute} from '../model/agent-api.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {stringWidth} from './width.ts'
import type {Theme} from './theme.ts'

export interface TraceViewOptions {
  readonly theme: Theme
  readonly width?: number | undefined
  /** The question that a table answers, for tables of our pipeline. */
  readonly asks: (table: string) => string | undefined
  /** Show also the tables that the packet only passed. */
  readonly every?: boolean
}

/** A trace as a story: the verdict, then Node by Node what decided. */
export function traceLines(trace: Trace, options: TraceViewOptions): string[] {
  const {theme} = options
  const paint = {
    'same-node': theme.good,
    routed: theme.good,
    tunnelled: theme.good,
    outside: theme.good,
    dropped: theme.bad,
    broken: theme.bad,
    unknown: theme.warn,
  }[trace.verdict]
  const head = `${describeEnd(trace.source)} → ${describeEnd(trace.destination)}`
  return [
    theme.heading(head),
    `${paint(trace.verdict)}: ${traceVerdicts[trace.verdict]}`,
    ...trace.hops.flatMap((hop) => ['', ...hopLines(hop, options)]),
    '',
    theme.heading('Why'),
    ...trace.reason.split('; ').map((clause) => `  ${printable(clause)}`),
  ].flatMap((line) => fold(line, options.width))
}

function hopLines(hop: NodeHop, options: TraceViewOptions): string[] {
  const {theme} = options
  const shown = hop.tables.filter((table) => options.every === true || table.priority > 0 || isDeciding(table, hop))
  const names = Math.max(0, ...shown.map(({table}) => stringWidth(table)))
  return [
    theme.heading(`Node ${printable(hop.node)}`) + theme.faint(`, in by ${printable(hop.inPort)}`),
    ...shown.flatMap((table) => tableLines(table, {names, decides: isDeciding(table, hop), hop, options})),
    `  ${theme.key('leaves')} ${printable(describeExit(hop))}`,
    ...(hop.route === undefined ? [] : [`  ${theme.key('kernel')} ${printable(routeText(hop.route))}`]),
  ]
}

function isDeciding({tableId, priority, match}: TableHop, {deciding}: NodeHop): boolean {
  return deciding?.tableId === tableId && deciding.priority === priority && deciding.match === match
}

interface TableLine {
  readonly names: number
  readonly decides: boolean
  readonly hop: NodeHop
  readonly options: TraceViewOptions
}

function tableLines(table: TableHop, {names, decides, hop, options}: TableLine): string[] {
  const {theme} = options
  const mark = decides ? theme.key('▸') : ' '
  const name = printable(table.table).padEnd(names)
  const flow = [`priority ${table.priority}`, table.match].filter((part) => part !== '').join(' ')
  const line =
    `  ${mark} ${decides ? theme.heading(name) : name}  ${theme.faint(options.asks(table.table) ?? '')}`.trimEnd()
  const found = `      ${printable(flow)}: ${printable(withTableNames(table.actions, hop) || 'drop')}`
  return decides || options.every === true ? [line, found] : [line]
}

/** "goto_table:24" → "goto_table:L3DecTTL": the packet has been there, so the trace knows its name. */
function withTableNames(actions: readonly string[], {tables}: NodeHop): string {
  const known = new Map(tables.map(({tableId, table}) => [String(tableId), table]))
  return actions.map((action) => action.replace(/(?<=^goto_table:)\d+$/u, (id) => known.get(id) ?? id)).join(', ')
}

function describeExit(hop: NodeHop): string {
  const {exit} = hop
  switch (exit.way) {
    case 'port':
      return `by ${exit.port}`
    case 'gateway':
      return `by ${exit.port}, to the Node's kernel`
    case 'tunnel':
      return `by ${exit.port}, into the tunnel to ${exit.tunDst}`
    case 'dropped':
      return `not at all: ${exit.reason}`
    case 'unknown':
      return `unknown: ${exit.reason}`
  }
}

function routeText({to, via, dev, onlink}: KernelRoute): string {
  return `${to}${via === undefined ? '' : ` via ${via}`} dev ${dev}${onlink === true ? ' onlink' : ''}`
}

function describeEnd({ip, pod, node}: TraceEnd): string {
  const who = pod === undefined ? ip : `${pod.namespace}/${pod.name} (${ip})`
  return printable(node === undefined ? who : `${who} on ${node}`)
}
