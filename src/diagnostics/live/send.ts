import {randomBytes, randomInt} from 'node:crypto'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {askToSend, listenToPackets} from '../../cluster/capture-answers.ts'
import type {Session} from '../../cluster/session.ts'
import {type Ip, isIpText, parseIp} from '../../model/address.ts'
import type {LivePacket} from '../../model/capture/live.ts'
import {type CaptureWish, captureLimits} from '../../model/capture/wish.ts'
import {AntctlError} from '../../model/errors.ts'
import type {LiveTrace, Sighting} from '../../model/live.ts'
import type {Trace, TraceWay} from '../../model/trace.ts'
import {judgeLive} from './judge.ts'
import {openSightings, type Told} from './sightings.ts'

export interface LiveWish {
  readonly session: Pick<Session, 'roads' | 'infos'>
  readonly trace: Trace
  readonly signal: AbortSignal
  /** Milliseconds to wait for it and for its answer. */
  readonly patience: number
}

/** Sends one packet of the kind that was traced, and tells where it was really seen: every Node of the way listens before. */
export async function sendLive({session, trace, signal, patience}: LiveWish): Promise<LiveTrace> {
  const {roads, infos} = session
  const [way] = trace.ways
  const node = trace.source.node
  if (way === undefined || node === undefined)
    throw new AntctlError('NOT_AVAILABLE', 'whoever is outside the cluster cannot be made to send a packet')
  const nodes = nodesOf(trace, way)
  requireOurs(nodes, infos)
  const packet = packetOf(trace, way)
  const found = {there: new Array<Sighting>(), back: new Array<Sighting>(), refusals: new Array<string>()}
  using listening = new DisposableStack()
  const captures = await Promise.all(
    nodes.map(async (at) => ({
      at,
      capture: await listenToPackets(roads, at, wishOf(at, {trace, way, packet, patience})),
    })),
  )
  for (const {capture} of captures) listening.use(capture)
  const home = Promise.withResolvers<void>()
  const reading = captures.map(async ({at, capture}) => {
    const read = openSightings(at, packet)
    for await (const block of capture.blocks) {
      note(read(block), found)
      if (isHome(found.back, trace)) home.resolve()
    }
  })
  const broken = Promise.race(reading)
  // Nobody may be waiting for it yet when the first of them fails.
  broken.catch(() => undefined)
  const began = performance.now()
  const sent = await askToSend(roads, node, packet)
  const over = new AbortController()
  await Promise.race([home.promise, pause(patience, AbortSignal.any([signal, over.signal])), broken])
  over.abort()
  // The other Nodes' last words are still on their way.
  await pause(settling, signal)
  const waited = Math.round(performance.now() - began)
  const {there, back, refusals} = found
  const [refusal] = refusals
  const judged = judgeLive(way, {there, back, ...(refusal !== undefined && {refusal})})
  return {...judged, sent: {node, protocol: packet.protocol, mark: packet.mark, ...sent}, waited}
}

const settling = 100

function note(told: Told | undefined, found: Record<'there' | 'back', Sighting[]> & {refusals: string[]}): void {
  if (told === undefined) return
  if (told.is === 'refusal') found.refusals.push(told.says)
  else (told.is === 'packet' ? found.there : found.back).push(told.sighting)
}

function isHome(back: readonly Sighting[], {source}: Trace): boolean {
  return back.some(({node, place, direction}) => {
    if (node !== source.node) return false
    return source.host === true ? place !== 'port' && direction === 'in' : place === 'port' && direction === 'out'
  })
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  const stop = () => reject(signal.reason)
  const timer = setTimeout(resolve, milliseconds)
  signal.addEventListener('abort', stop, {once: true})
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function nodesOf({source}: Trace, {hops, reply, destination}: TraceWay): readonly string[] {
  const all = [...hops, ...(reply?.hops ?? [])].map(({node}) => node)
  const ends = [source.node, destination.node].filter((node) => node !== undefined)
  return [...new Set([...ends, ...all])]
}

function requireOurs(nodes: readonly string[], infos: Session['infos']): void {
  const ours = new Set(infos.filter(isOurAgent).map(nodeOf))
  const others = nodes.filter((node) => !ours.has(node))
  if (others.length === 0) return
  throw new AntctlError(
    'NOT_AVAILABLE',
    `not available from upstream's agents: that of ${others.join(', ')} neither sends a packet nor listens to any`,
    {
      remedy: [
        "upstream's own antctl traceflow --live-traffic -S SOURCE -D DESTINATION, where its feature gate Traceflow is on",
      ],
    },
  )
}

/** The kind of packet that was traced; without a word about it an echo. */
function packetOf({source, flow = '', service}: Trace, {destination}: TraceWay): LivePacket {
  const protocol = /^(?:tcp|udp|sctp)\b/u.exec(flow)?.[0] ?? 'icmp'
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp')
    throw new AntctlError('NOT_AVAILABLE', 'a packet of SCTP is not sent by --live', {
      remedy: ['choose tcp, udp or icmp'],
    })
  const port = /\b(?:tcp|udp|tp)_dst=(\d+)/u.exec(flow)?.[1]
  if (protocol !== 'icmp' && port === undefined)
    throw new AntctlError('USAGE', 'to which port is it to be sent?', {
      remedy: [`for example: -f ${protocol},${protocol}_dst=80`],
    })
  return {
    ...(source.host !== true && source.pod !== undefined && {pod: source.pod}),
    destination: service?.ip ?? destination.ip,
    protocol,
    // Not one that a kernel gives to connections of its own.
    sourcePort: randomInt(10_000, 20_000),
    ...(port !== undefined && {destinationPort: Number(port)}),
    mark: randomBytes(16).toString('hex'),
  }
}

interface Listened {
  readonly trace: Trace
  readonly way: TraceWay
  readonly packet: LivePacket
  readonly patience: number
}

function wishOf(node: string, {trace, way, packet, patience}: Listened): CaptureWish {
  const {source, service} = trace
  const {destination, hops} = way
  const pods = [source, destination].flatMap((end) =>
    end.node === node && end.host !== true && end.pod !== undefined ? [end.pod] : [],
  )
  // Also as it looks once an address has been put in the place of another.
  const changed = hops.flatMap((hop) =>
    hop.at === 'kernel' ? hop.translations.map(({to}) => to.split(':')[0] ?? '') : [],
  )
  const addresses = new Set<Ip>([source.ip, destination.ip, ...(service === undefined ? [] : [service.ip])])
  for (const text of changed) if (isIpText(text)) addresses.add(parseIp(text))
  return {
    pods,
    places: ['port', 'gateway', 'underlay'],
    filter: {
      source: [...addresses].slice(0, captureLimits.addresses),
      destination: [],
      bothWays: true,
      marked: {mark: packet.mark, answerPort: packet.sourcePort},
    },
    seconds: Math.min(captureLimits.seconds, Math.ceil(patience / 1000) + 10),
    snapLength: 512,
  }
}
