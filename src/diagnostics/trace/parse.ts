import {type Ip, isIpText, parseIp} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ConntrackStep, TableHop} from '../../model/trace.ts'

/** The text of ofproto/trace, read: which flows the packet met and how the bridge let go of it. ofproto-dpif-trace.c. */
export interface ParsedTrace {
  /** The port of the first "Flow:" line: a number, or a name where names were asked for. */
  readonly inPort: string
  /** In the order in which the packet met them, across every recirculation. */
  readonly tables: readonly TableHop[]
  readonly conntrack: readonly ConntrackStep[]
  readonly exit: TraceExit
}

/** How the bridge let go of the packet; an ofport stays as the trace wrote it, number or name. */
export type TraceExit =
  | {readonly way: 'port'; readonly port: string}
  | {readonly way: 'tunnel'; readonly tunDst: Ip; readonly port: string}
  | {readonly way: 'dropped'; readonly reason: string}
  /** The text ends where the packet goes on: after a hash, or at a learned port that only the datapath knows. */
  | {readonly way: 'unknown'; readonly reason: string}

export interface TraceNames {
  /** Name of an OpenFlow table, where it is known; a number stays a number. */
  readonly table: (id: number) => string | undefined
  /** Is this ofport (number or name) the tunnel port? */
  readonly isTunnel: (port: string) => boolean
}

/** One pass through the bridge: from a "Flow:" line to its "Datapath actions:". A recirculation starts the next. */
interface Pass {
  readonly flow: string
  readonly lines: readonly string[]
  readonly finalFlow: string
  readonly datapath: string
}

export function parseTrace(text: string, names: TraceNames): ParsedTrace {
  const passes = passesOf(text)
  const [first, last] = [passes.at(0), passes.at(-1)]
  if (first === undefined || last === undefined) {
    throw new AntctlError(
      'TRACE_UNREADABLE',
      `this is not the text of ofproto/trace: ${JSON.stringify(text.slice(0, 80))}`,
    )
  }
  const tables = passes.flatMap((pass) => hopsOf(pass, names))
  const conntrack = conntrackOf(passes)
  return {inPort: field(first.flow, 'in_port') ?? '', tables, conntrack, exit: exitOf(last, tables, names)}
}

/** A pass that follows another begins with what conntrack said; whether it also remembers is what the one before asked. */
function conntrackOf(passes: readonly Pass[]): ConntrackStep[] {
  return passes.slice(1).flatMap(({flow}, before) => {
    const [state, zone, mark] = [field(flow, 'ct_state'), field(flow, 'ct_zone'), field(flow, 'ct_mark')]
    if (state === undefined) return []
    const remembers = passes[before]?.lines.some((line) => /^\s*ct\(commit\b/u.test(line)) === true
    const does = remembers ? 'remembers' : 'looks up'
    return [{does, zone: zone ?? '0', state: state.replaceAll('|', ','), ...(mark !== undefined && {mark})}]
  })
}

function passesOf(text: string): Pass[] {
  const parts = text.replaceAll('\r', '').split(/^(?=Flow: )/mu)
  return parts
    .filter((part) => part.startsWith('Flow: '))
    .map((part) => {
      const lines = part.split('\n')
      const after = (label: string) =>
        lines
          .find((line) => line.startsWith(label))
          ?.slice(label.length)
          .trim() ?? ''
      const flow = after('Flow: ')
      const finalFlow = after('Final flow: ')
      const end = lines.findIndex((line) => line.startsWith('Final flow: '))
      return {
        flow,
        lines: firstBridge(lines.slice(1, end === -1 ? lines.length : end)),
        finalFlow: finalFlow === 'unchanged' || finalFlow === '' ? flow : finalFlow,
        datapath: after('Datapath actions: '),
      }
    })
}

/**
 * On the userspace datapath a tunnel's packet goes on through the bridge that holds the NIC, and the trace shows that
 * bridge too: its tables and ports are not ours.
 */
function firstBridge(lines: readonly string[]): string[] {
  const isBridge = (line: string) => /^\s*bridge\("/u.test(line)
  const first = lines.findIndex(isBridge)
  const nested = lines.findIndex((line, at) => at > first && isBridge(line))
  if (nested === -1) return [...lines]
  const indent = (line: string) => line.search(/\S/u)
  const depth = indent(lines[nested] ?? '')
  const after = lines.slice(nested).findIndex((line) => depth > 0 && indent(line) >= 0 && indent(line) < depth)
  return [...lines.slice(0, nested), ...(after === -1 ? [] : lines.slice(nested + after))]
}

/** A table's line is "ID. MATCH, priority N[, cookie 0x..]", or "ID. No match." when nothing matched; ID is right-aligned in two columns. */
const tableLine = /^(\s*)(\d+)\. (.*)$/u
const rule = /^(?:(.*), )?priority (\d+)(?:, cookie (0x[0-9a-f]+))?/u

function hopsOf(pass: Pass, names: TraceNames): TableHop[] {
  const hops: {header: Omit<TableHop, 'actions'>; column: number; actions: string[]}[] = []
  for (const line of pass.lines) {
    const header = tableLine.exec(line)
    if (header !== null) {
      const [, space = '', digits = '', words = ''] = header
      hops.push({
        header: headerOf(digits, words, names),
        column: Math.max(0, space.length + digits.length - 2),
        actions: [],
      })
    } else {
      // A resubmit nests its table deeper: a line further left goes on with the table outside.
      const indent = line.search(/\S/u)
      hops.findLast((hop) => hop.column + 4 <= indent)?.actions.push(line.trim())
    }
  }
  return hops.map(({header, actions}) => ({...header, actions: withoutNotes(actions)}))
}

/** Newer switches print "drop" where nothing follows ct(): the packet goes on all the same. */
function withoutNotes(actions: readonly string[]): string[] {
  const left = actions.filter((action) => !isNote(action))
  return left.length > 1 ? left.filter((action) => action !== 'drop') : left
}

function headerOf(digits: string, words: string, names: TraceNames): Omit<TableHop, 'actions'> {
  const tableId = Number(digits)
  const table = names.table(tableId) ?? digits
  const match = rule.exec(words)
  if (match === null) return {tableId, table, match: words.replace(/\.$/u, ''), priority: 0}
  const [, fields = '', priority = '0', cookie] = match
  return {tableId, table, match: fields, priority: Number(priority), ...(cookie !== undefined && {cookie})}
}

function isNote(action: string): boolean {
  return /^(?:->|>>)/u.test(action) || action === 'thaw' || action.startsWith('Resuming from')
}

function exitOf(pass: Pass, tables: readonly TableHop[], names: TraceNames): TraceExit {
  const port = outputOf(pass.lines)
  const tunDst = tunnelDestination(pass)
  if (port !== undefined && tunDst !== undefined && (names.isTunnel(port) || leavesByTunnel(pass))) {
    return {way: 'tunnel', tunDst, port}
  }
  const warning = pass.lines.findLast((line) => /^\s*>> /u.test(line))?.replace(/^\s*>> /u, '')
  if (pass.datapath === 'drop' || pass.datapath === '') return {way: 'dropped', reason: dropReason(warning, tables)}
  if (port !== undefined) return {way: 'port', port}
  const note = pass.lines.findLast((line) => /^\s*-> /u.test(line))?.replace(/^\s*-> /u, '')
  if (pass.datapath.includes('recirc(')) {
    const reason = note ?? 'the trace ends where the packet is recirculated'
    return {way: 'unknown', reason}
  }
  return {way: 'unknown', reason: note ?? `the datapath does ${pass.datapath}`}
}

/** The ofport of the last output: by a register ("-> output port is 5"), by number, or back where it came from. */
function outputOf(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const text = line.trim()
    const found =
      /^-> output port is "?([^"\s]+)"?$/u.exec(text) ??
      /^output:"?([\w.-]+)"?$/u.exec(text) ??
      /^-> forwarding to learned port "?([^"\s]+)"?$/u.exec(text)
    if (found?.[1] !== undefined && !/^NXM_|^reg/u.test(found[1])) return found[1]
    if (/^(?:IN_PORT|in_port)$/u.test(text)) return 'in_port'
  }
  return undefined
}

/**
 * Where the tunnel goes to, if this pass sends into one. A packet that came in by a tunnel also wears a tun_dst, this
 * Node's own: it has a tun_src too. When conntrack recirculates after tun_dst was set, ofproto/trace believes that the
 * packet came in for that address and prints "Not tunneling to our own address" and "drop"; a real packet goes out.
 */
function tunnelDestination(pass: Pass): Ip | undefined {
  const dst = field(pass.finalFlow, 'tun_dst') ?? field(pass.finalFlow, 'tun_ipv6_dst')
  const src = field(pass.finalFlow, 'tun_src') ?? '0.0.0.0'
  if (dst === undefined || !isIpText(dst) || dst === '0.0.0.0' || dst === '::') return undefined
  const cameByTunnel = src !== '0.0.0.0' && field(pass.flow, 'tun_src') === src && field(pass.flow, 'tun_dst') === dst
  return cameByTunnel ? undefined : parseIp(dst)
}

function leavesByTunnel(pass: Pass): boolean {
  return (
    /tnl_push\(|set\(tunnel\(/u.test(pass.datapath) ||
    pass.lines.some((line) => /-> output to (?:kernel|native) tunnel/u.test(line))
  )
}

function dropReason(warning: string | undefined, tables: readonly TableHop[]): string {
  const last = tables.at(-1)
  if (last === undefined) return warning ?? 'no table was met'
  const where = `table ${last.table}`
  if (warning !== undefined) return `${where}: ${warning}`
  if (last.match === 'No match') return `${where}: no flow matches`
  const flow = [`priority ${last.priority}`, last.match].filter((part) => part !== '').join(' ')
  return `${where}: the flow "${flow}" drops it`
}

/** The value of one field of a flow line: "a=1,b=2" and "in_port=\"antrea-gw0\"". */
function field(flow: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|,)${name}="?([^,"]+)`, 'u').exec(flow)
  return match?.[1]
}
