import {type Hop, type Trace, type TraceEnd, traceVerdicts, type TraceWay, type WireHop} from '../model/trace.ts'
import {printable} from './printable.ts'
import {fit, stringWidth} from './width.ts'
import type {View} from './view.ts'

/** What one Node (or the outside) does with the packet, as short words from where it comes in to where it leaves. */
interface Box {
  readonly title: string
  readonly stations: readonly string[]
}

interface Arrow {
  readonly there: string
  readonly back?: string
}

/** Below it there is no room for two boxes and what is between them. */
const narrowest = 64
const widest = 110

/** The Nodes as boxes, the way between them as arrows: shapes say what colours say. Nothing where there is no room for it. */
export function pictureLines(trace: Trace, way: TraceWay, {theme, width = 80}: View): string[] {
  const boxes = boxesOf(trace, way)
  const arrows = arrowsOf(way)
  const room = Math.min(width, widest)
  if (room < narrowest || boxes.length > 2) return chainLines(boxes, arrows, width)
  const arrowWidth = boxes.length === 1 ? 0 : Math.min(30, Math.max(24, room - 2 * 28))
  const boxWidth = boxes.length === 1 ? Math.min(room, 46) : Math.floor((room - arrowWidth) / 2)
  const height = Math.max(...boxes.map(({stations}) => stations.length))
  const paint = traceVerdicts[way.verdict].arrives === true ? theme.good : theme.bad
  const drawn = boxes.map((box, at) =>
    drawBox(box, {height, width: boxWidth, atEnd: at > 0, rows: arrows.length > 0 ? 2 : 0}),
  )
  const [first = [], second] = drawn
  if (second === undefined) return [...first]
  const [arrow] = arrows
  return first.map((line, at) => {
    const row = at - (height + 1)
    const text = row === 0 ? arrow?.there : row === 1 ? arrow?.back : undefined
    const between = text === undefined ? ' '.repeat(arrowWidth) : paint(stretch(text, arrowWidth))
    return `${line}${between}${second[at] ?? ''}`.trimEnd()
  })
}

/** More than two Nodes, or a narrow terminal: one under the other. */
function chainLines(boxes: readonly Box[], arrows: readonly Arrow[], width: number): string[] {
  return boxes.flatMap(({title, stations}, at) => {
    const arrow = arrows[at]
    return [
      fit(`${title}: ${stations.map((station) => station.replace(/^[↓●✗] /u, '')).join(' > ')}`, width),
      ...(arrow === undefined ? [] : [fit(`  ${stretch(arrow.there, 24)}`, width)]),
    ]
  })
}

interface BoxForm {
  readonly height: number
  readonly width: number
  /** The packet climbs from below. */
  readonly atEnd: boolean
  /** For the arrows. */
  readonly rows: number
}

function drawBox({title, stations}: Box, {height, width, atEnd, rows}: BoxForm): string[] {
  const inner = width - 2
  const name = fit(` ${title} `, inner - 2)
  const shown = atEnd ? stations.toReversed().map((station) => station.replace('↓', '↑')) : stations
  const body = Array.from({length: height}, (_, at) => shown[at] ?? '')
  const row = (text: string) => {
    const cut = fit(` ${text}`, inner)
    return `│${cut}${' '.repeat(inner - stringWidth(cut))}│`
  }
  return [
    `┌─${name}${'─'.repeat(inner - 1 - stringWidth(name))}┐`,
    ...body.map(row),
    ...Array.from({length: rows}, () => row('')),
    `└${'─'.repeat(inner)}┘`,
  ]
}

/** "═ tunnel ═▶" as long as the room between two boxes. */
function stretch(text: string, width: number): string {
  const cut = fit(text, width - 2)
  const line = /[═─╌]/u.exec(cut)?.[0] ?? '─'
  const missing = Math.max(0, width - 2 - stringWidth(cut))
  const first = cut.indexOf(line)
  const longer = `${cut.slice(0, first)}${line.repeat(Math.floor(missing / 2))}${cut.slice(first)}`
  const last = longer.lastIndexOf(line)
  return ` ${longer.slice(0, last)}${line.repeat(Math.ceil(missing / 2))}${longer.slice(last)} `
}

function boxesOf(trace: Trace, {hops, destination, verdict}: TraceWay): Box[] {
  const boxes: {title: string; stations: string[]}[] = []
  if (trace.source.node === undefined && hops[0]?.at === 'kernel')
    boxes.push({title: 'outside', stations: [`● ${describeShort(trace.source)}`]})
  const open = (title: string) => {
    const last = boxes.at(-1)
    if (last?.title === title) return last
    const box = {title, stations: []}
    boxes.push(box)
    return box
  }
  for (const [at, hop] of hops.entries()) {
    if (hop.at === 'wire') open(printable(hop.to))
    else {
      const {stations} = open(printable(hop.node))
      if (at === 0 && boxes.length === 1) stations.push(`● ${describeShort(trace.source)}`)
      stations.push(...stationsOf(hop))
    }
  }
  const end = `● ${describeShort(destination)}`
  if (verdict === 'outside' || destination.node === undefined) open('outside').stations.push(end)
  else if (hasArrived(hops, destination) && trace.flow?.startsWith('arp') !== true) boxes.at(-1)?.stations.push(end)
  return boxes
}

function hasArrived(hops: readonly Hop[], {node, host}: TraceEnd): boolean {
  const last = hops.at(-1)
  if (last === undefined || last.at === 'wire' || last.node !== node) return false
  return last.at === 'bridge' ? last.exit.way === 'port' : host === true && last.route?.type === 'local'
}

function stationsOf(hop: Exclude<Hop, WireHop>): string[] {
  if (hop.at === 'kernel') {
    const translated = hop.translations.map(({what, to}) => `${what === 'source' ? 'from' : 'to'} ${printable(to)}`)
    return ['kernel', ...translated.map((text) => `↓ ${text}`)]
  }
  const {exit, inPort} = hop
  const way =
    exit.way === 'dropped' || exit.way === 'unknown'
      ? `✗ ${hop.deciding === undefined ? exit.way : printable(hop.deciding.table)}`
      : `↓ ${printable(exit.port)}`
  return [`↓ ${printable(inPort)}`, 'br-int', way].filter((text, at, all) => text !== all[at - 1])
}

const lines = {tunnelled: '═', routed: '─', fabric: '╌'} as const

function arrowsOf({hops, reply, verdict}: TraceWay): Arrow[] {
  const backwards = (reply?.hops ?? []).filter((hop) => hop.at === 'wire').toReversed()
  const forwards = hops.filter((hop) => hop.at === 'wire')
  const isLost = ['lost', 'link-down', 'wrong-neighbour', 'no-route', 'mtu'].includes(verdict)
  const arrows = forwards.map((hop, at): Arrow => {
    const back = backwards[at]
    const stopped = isLost && at === forwards.length - 1
    return {
      there: `${arrowText(hop)}${stopped ? '✗' : '▶'}`,
      ...(back !== undefined && !isLost && {back: `${verdict === 'unanswered' ? '✗' : '◀'}${arrowText(back)}`}),
    }
  })
  if (verdict === 'outside') arrows.push({there: '─ out ─▶', back: '◀─ back ─'})
  return hops[0]?.at === 'kernel' && hops[0].in === 'outside'
    ? [{there: '─ in ─▶', back: '◀─ out ─'}, ...arrows]
    : arrows
}

function arrowText({form, via, echo}: WireHop): string {
  const line = lines[form]
  if (form === 'fabric') return `${line} via ${printable(via ?? '?')} ${line}`
  const time = echo?.tries[0]?.roundTrip
  return `${line} ${form === 'tunnelled' ? 'tunnel' : 'routed'}${time === undefined ? '' : ` ${time.toFixed(1)} ms`} ${line}`
}

export function describeShort({ip, pod, node, host}: TraceEnd): string {
  if (pod !== undefined) return printable(`${pod.namespace}/${pod.name}`)
  return printable(host === true && node !== undefined ? `Node ${node}` : ip)
}
