import {
  type OneWay,
  type Trace,
  type TraceDestination,
  type TraceRequest,
  traceVerdicts,
  type TraceWay,
  type WireForm,
} from '../../model/trace.ts'
import {answerTo} from './answer.ts'
import {isArp, type Journey, type Memory, type Packet, type Place} from './journey.ts'
import type {TraceSources} from './sources.ts'
import {walk, type Walked} from './walk.ts'

/** To every destination and back. */
export async function tracePacket(request: TraceRequest, sources: TraceSources): Promise<Trace> {
  const {source, flow, service, destinations} = request
  const ways: TraceWay[] = []
  for (const destination of destinations) ways.push(await traceWay(request, destination, sources))
  const decisive = ways.find(({verdict}) => traceVerdicts[verdict].arrives !== true) ?? ways[0]
  return {
    version: 1,
    source,
    ...(flow !== undefined && {flow}),
    ...(service !== undefined && {service}),
    verdict: decisive?.verdict ?? 'unknown',
    reason: decisive?.reason ?? '',
    ways,
    notes: notesOf(ways, sources),
  }
}

async function traceWay(
  request: TraceRequest,
  destination: TraceDestination,
  sources: TraceSources,
): Promise<TraceWay> {
  const {source, flow, service} = request
  const memory: Memory = {marks: new Map(), translations: []}
  const packet: Packet = {
    source: source.ip,
    destination: service?.ip ?? destination.ip,
    ...(flow !== undefined && {flow}),
  }
  const there = await walk({
    start: startOf(request, destination),
    packet,
    from: source,
    to: destination,
    isReply: false,
    ...(service !== undefined && {service: {...service, endpointPort: destination.port ?? service.port}}),
    memory,
    sources,
  })
  const isAnswered = traceVerdicts[there.verdict].arrives !== false && request.entry === undefined && !isArp(flow)
  const reply = isAnswered ? await walk(replyTo(there, {source, destination, memory, sources})) : undefined
  return {...combine(there, reply), destination, hops: there.hops, ...(reply !== undefined && {reply: plain(reply)})}
}

function plain({verdict, reason, hops}: Walked): OneWay {
  return {verdict, reason, hops}
}

function startOf({source, entry}: TraceRequest, destination: TraceDestination): Place {
  if (entry !== undefined) return {at: 'bridge', node: entry.node, port: entry.port}
  if (source.node === undefined) return {at: 'kernel', node: destination.node ?? '', in: 'outside'}
  return source.host === true ? {at: 'kernel', node: source.node, in: 'process'} : {at: 'bridge', node: source.node}
}

interface Sides {
  readonly source: TraceDestination
  readonly destination: TraceDestination
  readonly memory: Memory
  readonly sources: TraceSources
}

/** It starts where the packet ended, to whom that looked like its sender. */
function replyTo({last}: Walked, {source, destination, memory, sources}: Sides): Journey {
  const packet = answerTo(last.packet)
  const {node} = last.place
  const start: Place =
    destination.node === undefined
      ? {at: 'kernel', node, in: 'outside'}
      : destination.host === true
        ? {at: 'kernel', node, in: 'process'}
        : {at: 'bridge', node}
  return {start, packet, from: destination, to: source, isReply: true, memory, sources}
}

/** What is certain of the way there first, then the way back, then what looks right and does not work. */
function combine(there: Walked, reply: Walked | undefined): Pick<OneWay, 'verdict' | 'reason'> {
  const {verdict, reason} = there
  if (traceVerdicts[verdict].arrives === false) return {verdict, reason}
  const [doubt] = there.doubts.toSorted((a, b) => Number(a.verdict === 'mtu') - Number(b.verdict === 'mtu'))
  if (reply !== undefined && traceVerdicts[reply.verdict].arrives === false)
    return {verdict: 'unanswered', reason: `${reason}; the answer: ${reply.reason}`}
  if (doubt !== undefined) return {verdict: doubt.verdict, reason}
  if (reply === undefined || verdict === 'unknown') return {verdict, reason}
  const [to, back] = [formsOf(there), formsOf(reply).toReversed()]
  if (to.join() === back.join()) return {verdict, reason}
  const words = (forms: readonly string[]) => forms.join(', ') || 'on the Node'
  return {
    verdict: 'asymmetric',
    reason: `${reason}; there: ${words(to)}; back: ${words(back)}; the answer: ${reply.reason}`,
  }
}

/** A router between is no other form than none. */
function formsOf({hops}: OneWay): readonly string[] {
  const words: Readonly<Record<WireForm, string>> = {tunnelled: 'tunnelled', routed: 'routed', fabric: 'routed'}
  return hops.flatMap((hop) => (hop.at === 'wire' ? [words[hop.form]] : []))
}

/** Said once for each Node. */
function notesOf(ways: readonly TraceWay[], sources: TraceSources): readonly string[] {
  const nodes = new Set(ways.flatMap(({hops}) => hops.map(({node}) => node)))
  const silent = [...nodes].filter((node) => !sources.knowsConnections(node))
  return silent.map(
    (node) =>
      `the agent of ${node} is upstream's: it tells neither the kernel's routes nor neighbours, sends no packets to try the way, ` +
      'and traces the answer as the first packet of a connection',
  )
}
