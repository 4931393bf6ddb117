import {
  type BridgeHop,
  type Hop,
  type KernelHop,
  type OneWay,
  type TableHop,
  type Trace,
  type TraceEnd,
  traceVerdicts,
  type TraceVerdict,
  type TraceWay,
} from '../model/trace.ts'
import type {KernelRoute} from '../model/agent-api.ts'
import {fold} from './fold.ts'
import {liveLines} from './live-view.ts'
import {printable} from './printable.ts'
import {stringWidth} from './width.ts'
import type {Theme} from './theme.ts'
import {pictureLines} from './trace-picture.ts'
import type {View} from './view.ts'

export interface TraceViewOptions extends View {
  /** The question that a table answers, for tables of our pipeline. */
  readonly asks: (table: string) => string | undefined
  /** Show also the tables that the packet only passed, on the way back too. */
  readonly every?: boolean
}

/** A trace as a story: the verdict, the picture, then Node by Node what decided. */
export function traceLines(trace: Trace, options: TraceViewOptions): string[] {
  const {theme, width} = options
  const folded = (lines: readonly string[]) => lines.flatMap((line) => fold(line, width))
  return [
    ...folded(headLines(trace, options)),
    ...trace.ways.flatMap((way) => ['', ...wayLines(trace, way, options)]),
    ...(trace.live === undefined ? [] : liveLines(trace.live, options)),
    ...folded(trace.notes.map((note) => theme.warn(`! ${printable(note)}`))),
  ]
}

function headLines({source, service, ways, flow}: Trace, {theme}: TraceViewOptions): string[] {
  const [first] = ways
  const to =
    service === undefined
      ? first === undefined
        ? ''
        : describeEnd(first.destination)
      : printable(`Service ${service.name} (${service.ip}:${service.port})`)
  const endpoints = service === undefined ? [] : [`of its ${service.endpoints.length} endpoints ${ways.length} traced`]
  return [
    theme.heading(`${describeEnd(source)} → ${to}`) + theme.faint(flow === undefined ? '' : `  ${printable(flow)}`),
    ...endpoints.map(theme.faint),
  ]
}

function wayLines(trace: Trace, way: TraceWay, options: TraceViewOptions): string[] {
  const {theme, width} = options
  const paint = paintOf(way.verdict, theme)
  const mark = {true: '✓', false: '✗', undefined: '?'}[`${traceVerdicts[way.verdict].arrives}`]
  const to = trace.service === undefined ? '' : `${describeEnd(way.destination)}: `
  const body = [
    '',
    theme.heading('Why'),
    ...way.reason.split('; ').map((clause) => `  ${printable(clause)}`),
    ...way.hops.flatMap((hop) => hopLines(hop, options)),
    ...(way.reply === undefined ? [] : replyLines(way.reply, options)),
  ]
  return [
    ...fold(`${to}${paint(`${mark} ${way.verdict}`)}: ${traceVerdicts[way.verdict].says}`, width),
    '',
    ...pictureLines(trace, way, options),
    ...body.flatMap((line) => fold(line, width)),
  ]
}

function paintOf(verdict: TraceVerdict, theme: Theme): (text: string) => string {
  const {arrives} = traceVerdicts[verdict]
  if (verdict === 'asymmetric' || arrives === undefined) return theme.warn
  return arrives ? theme.good : theme.bad
}

/** The same tables the other way round: shown in full only when asked for. */
function replyLines(reply: OneWay, options: TraceViewOptions): string[] {
  const {theme, every} = options
  const head = theme.heading('The answer') + theme.faint(`: ${traceVerdicts[reply.verdict].says}`)
  if (every === true) return ['', head, ...reply.hops.flatMap((hop) => hopLines(hop, options))]
  return ['', head, ...reply.hops.map(({says}) => `  ${printable(says)}`)]
}

function hopLines(hop: Hop, options: TraceViewOptions): string[] {
  switch (hop.at) {
    case 'bridge':
      return ['', ...bridgeLines(hop, options)]
    case 'kernel':
      return ['', ...kernelLines(hop, options)]
    case 'wire':
      return ['', options.theme.heading('Between them'), `  ${printable(hop.says)}`]
  }
}

function bridgeLines(hop: BridgeHop, options: TraceViewOptions): string[] {
  const {theme} = options
  const shown = hop.tables.filter((table) => options.every === true || table.priority > 0 || isDeciding(table, hop))
  const names = Math.max(0, ...shown.map(({table}) => stringWidth(table)))
  return [
    theme.heading(`Node ${printable(hop.node)}, bridge`) + theme.faint(`, in by ${printable(hop.inPort)}`),
    ...shown.flatMap((table) => tableLines(table, {names, decides: isDeciding(table, hop), hop, options})),
    ...hop.conntrack.map(
      ({does, zone, state, mark}) =>
        `  ${theme.key('connection')} ${printable(`zone ${zone} ${does === 'remembers' ? 'remembers it' : 'looks it up'}: ${state}${mark === undefined ? '' : `, mark ${mark}`}`)}`,
    ),
    `  ${theme.key('leaves')} ${printable(describeExit(hop))}`,
  ]
}

function kernelLines(hop: KernelHop, {theme}: TraceViewOptions): string[] {
  const by = {
    gateway: 'in by antrea-gw0',
    transport: 'in from another Node',
    outside: 'in from outside',
    process: 'from a program',
  }
  const {route, neighbour} = hop
  return [
    theme.heading(`Node ${printable(hop.node)}, kernel`) + theme.faint(`, ${by[hop.in]}`),
    ...hop.translations.flatMap(({what, from, to, rules}) => [
      `  ${theme.key('translates')} ${printable(`${what} ${from} to ${to}`)}`,
      ...(rules.length === 0 ? [] : rules).map((rule) => `      ${printable(rule)}`),
    ]),
    ...(route === undefined ? [] : [`  ${theme.key('route')} ${printable(routeText(route))}`]),
    ...(neighbour === undefined
      ? []
      : [`  ${theme.key('neighbour')} ${printable(`${neighbour.ip} is ${neighbour.mac ?? 'silent'}`)}`]),
  ]
}

function isDeciding({tableId, priority, match}: TableHop, {deciding}: BridgeHop): boolean {
  return deciding?.tableId === tableId && deciding.priority === priority && deciding.match === match
}

interface TableLine {
  readonly names: number
  readonly decides: boolean
  readonly hop: BridgeHop
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
function withTableNames(actions: readonly string[], {tables}: BridgeHop): string {
  const known = new Map(tables.map(({tableId, table}) => [String(tableId), table]))
  return actions.map((action) => action.replace(/(?<=^goto_table:)\d+$/u, (id) => known.get(id) ?? id)).join(', ')
}

function describeExit({exit}: BridgeHop): string {
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

function routeText({to, via, dev, type, onlink, table}: KernelRoute): string {
  const way = type === undefined || type === 'local' ? '' : `${type} `
  const more = `${onlink === true ? ' onlink' : ''}${table === undefined ? '' : ` table ${table}`}`
  return `${way}${to}${via === undefined ? '' : ` via ${via}`} dev ${dev}${more}`
}

function describeEnd({ip, pod, node, host}: TraceEnd): string {
  if (pod === undefined && host === true && node !== undefined) return printable(`Node ${node} (${ip})`)
  const who = pod === undefined ? ip : `${pod.namespace}/${pod.name} (${ip})`
  return printable(node === undefined ? who : `${who} on ${node}`)
}
