import {type Ip, isIpText, parseIp} from '../../model/address.ts'
import type {KernelWay, ServiceWay} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'
import type {KernelHop, WireForm} from '../../model/trace.ts'
import {nextStop} from '../paths/next-stop.ts'
import {describeRoute} from '../paths/route-lookup.ts'
import {crossWire} from './cross-wire.ts'
import {deliveredAs} from './delivered.ts'
import type {Ending, Journey, Packet, Place, State, Step} from './journey.ts'
import type {KernelQuestion, TraceSources} from './sources.ts'
import {isMasqueraded, translate} from './translate.ts'

type Kernel = Place & {readonly at: 'kernel'}

/** Addresses translated, a route taken: from one kernel to the bridge, the next Node, or out of the cluster. */
export async function throughKernel(place: Kernel, state: State, journey: Journey): Promise<Step> {
  const {node} = place
  const {sources} = journey
  const turned = await translate(place, state.packet, journey)
  const {translations, service, trouble} = turned
  const way = await sources.kernel(node, question(place, turned.packet, journey))
  const packet = isFirst(place, journey)
    ? {...turned.packet, source: sourceOf(way, turned.packet.source)}
    : turned.packet
  const masquerade = journey.isReply ? undefined : await masqueradeOf(node, packet, {way, service, sources})
  const after = masquerade === undefined ? packet : {...packet, source: masquerade.source}
  remember(node, {...state.packet, source: packet.source}, after, journey)
  const hop = (says: string): KernelHop => ({
    at: 'kernel',
    node,
    packet: {source: state.packet.source, destination: state.packet.destination},
    says: sentence(node, [
      ...turned.says,
      ...(masquerade === undefined ? [] : [`puts ${after.source} in the place of ${packet.source}`]),
      says,
    ]),
    in: place.in,
    translations: [
      ...translations,
      ...(masquerade === undefined
        ? []
        : [{what: 'source' as const, from: packet.source, to: after.source, rules: [masquerade.rule]}]),
    ],
    ...(way?.route !== undefined && {route: way.route}),
    ...(way?.neighbour !== undefined && {neighbour: way.neighbour}),
    ...(service !== undefined && {service}),
  })
  if (trouble !== undefined) return {hops: [hop('')], next: trouble}
  const going = {...state, packet: after}
  if (way === undefined) return assume(hop, going, place, journey)
  if (way.refusal !== undefined) return {hops: [hop(refusalWords(way))], next: {verdict: refusalVerdict(way.refusal)}}
  if (way.route?.type === 'local') return {hops: [hop('takes it for its own')], next: atHome(node, state, journey)}
  return leave({hop, way, place, state: going, journey})
}

function sentence(node: string, parts: readonly string[]): string {
  return `the kernel of ${node} ${parts.filter((part) => part !== '').join(', ')}`
}

/** A program that sends first has its address chosen by the kernel. */
function isFirst({in: by}: Kernel, {isReply}: Journey): boolean {
  return by === 'process' && !isReply
}

interface Leaving {
  readonly hop: (says: string) => KernelHop
  readonly way: KernelWay
  readonly place: Kernel
  readonly state: State
  readonly journey: Journey
}

async function leave({hop, way, place: {node}, state, journey}: Leaving): Promise<Step> {
  const {sources} = journey
  const {packet} = state
  const home =
    sources.underlay.homeOf(packet.destination) ??
    sources.underlay.ownerOf(packet.destination) ??
    homeOf(journey, packet)
  const host = isHost(journey, packet)
  const destination = {ip: packet.destination, host, ...(home !== undefined && {node: home})}
  const peer = sources.underlay.nodes.find(({name}) => name === home)?.transport[0]
  const towardsPeer = peer === undefined ? undefined : (await sources.kernel(node, {destination: peer.ip}))?.route
  const route = way.route
  const stop = nextStop({node, destination, route, towardsPeer, underlay: sources.underlay})
  const by = route === undefined ? '' : `by its route ${describeRoute(route)}`
  switch (stop.to) {
    case 'nowhere':
      return {hops: [hop(`sends it nowhere: ${stop.why}`)], next: {verdict: 'no-route'}}
    case 'outside':
      return {hops: [hop(`sends it out of the cluster ${by}`)], next: outside(way)}
    case 'bridge':
      return {
        hops: [hop(`sends it into the bridge ${by}`)],
        next: {...state, place: {at: 'bridge', node, port: names.gatewayPort}},
      }
    case 'node':
      return onwards(
        hop(`sends it straight to ${stop.node} ${by}`),
        {to: stop.node, form: 'routed'},
        {way, state, journey},
      )
    case 'fabric':
      return onwards(
        hop(`leaves it to the router ${stop.via} ${by}`),
        // Routers know the Nodes, for the Nodes are on their network; whether they know the Pods is the question.
        {to: home ?? node, form: host ? 'routed' : 'fabric', via: stop.via},
        {way, state, journey},
      )
  }
}

interface Onwards {
  readonly to: string
  readonly form: WireForm
  readonly via?: string
}

async function onwards(
  hop: KernelHop,
  {to, form, via}: Onwards,
  {way, state, journey}: Pick<Leaving, 'way' | 'state' | 'journey'>,
): Promise<Step> {
  const {packet} = state
  const crossed = await crossWire({from: hop.node, to, form, ...(via !== undefined && {via}), way, packet}, journey)
  const {wire, trouble, doubt, proven} = crossed
  const by = way.route?.dev === way.transport.device.name ? 'transport' : 'outside'
  const place: Place = {at: 'kernel', node: to, in: by}
  const crossing = form === 'fabric' && (proven || doubt !== undefined) ? 'routed' : form
  return {hops: [hop, wire], next: trouble ?? {place, packet, crossing}, ...(doubt !== undefined && {doubt})}
}

/** Of an agent that does not tell its routes: what the flow implies is shown all the same, and believed by nobody. */
function assume(hop: (says: string) => KernelHop, state: State, {node}: Kernel, journey: Journey): Step {
  const {to} = journey
  const here = hop("has it, but the agent does not tell the kernel's routes")
  if (to.node === undefined || to.node === node || to.host === true) return {hops: [here], next: {verdict: 'unknown'}}
  const {source, destination} = state.packet
  const wire = {
    at: 'wire' as const,
    node,
    to: to.node,
    form: 'fabric' as const,
    assumed: true as const,
    packet: {source, destination},
    says: `from here it can only be assumed that it comes to ${to.node}`,
  }
  const place: Place = {at: 'bridge', node: to.node, port: names.gatewayPort}
  return {hops: [here, wire], next: {place, packet: state.packet, crossing: 'assumed'}}
}

function question(place: Kernel, {source, destination}: Packet, journey: Journey): KernelQuestion {
  if (isFirst(place, journey)) return {destination}
  return place.in === 'process' ? {destination, source} : {destination, source, in: place.in}
}

function sourceOf(way: KernelWay | undefined, source: Ip): Ip {
  return way?.source !== undefined && isIpText(way.source) ? parseIp(way.source) : source
}

interface MasqueradeFacts {
  readonly way: KernelWay | undefined
  readonly service: ServiceWay | undefined
  readonly sources: TraceSources
}

/** Ours for what leaves the cluster, kube-proxy's for what it has turned to an endpoint. */
async function masqueradeOf(
  node: string,
  packet: Packet,
  {way, service, sources}: MasqueradeFacts,
): Promise<{readonly source: Ip; readonly rule: string} | undefined> {
  const own = way?.masquerade
  if (own?.source !== undefined && isIpText(own.source)) return {source: parseIp(own.source), rule: own.rule}
  if (service === undefined || !isMasqueraded(service, packet)) return undefined
  const chosen = (await sources.kernel(node, {destination: packet.destination}))?.source
  if (chosen === undefined || !isIpText(chosen)) return undefined
  return {source: parseIp(chosen), rule: service.masquerade ?? '-j KUBE-MARK-MASQ'}
}

function remember(node: string, before: Packet, after: Packet, {memory, isReply}: Journey): void {
  const isSame = before.source === after.source && before.destination === after.destination
  if (!isReply && !isSame) memory.translations.push({node, before, after})
}

function homeOf({to}: Journey, {destination}: Packet): string | undefined {
  return to.ip === destination ? to.node : undefined
}

/** Is it a Node's own address that it goes to? */
function isHost({to, sources}: Journey, {destination}: Packet): boolean {
  return sources.underlay.ownerOf(destination) !== undefined || (to.host === true && to.ip === destination)
}

function atHome(node: string, state: State, journey: Journey): Ending {
  const {to} = journey
  if (to.node !== node) return {verdict: 'broken', says: `${state.packet.destination} is not ${node}'s to take`}
  return {verdict: deliveredAs(state.crossing, journey)}
}

function outside({link, neighbour}: KernelWay): Ending {
  if (link !== undefined && !(link.up && link.carrier)) return {verdict: 'link-down', says: `${link.name} is down`}
  if (neighbour !== undefined && neighbour.mac === undefined)
    return {verdict: 'wrong-neighbour', says: `nobody answers for ${neighbour.ip}`}
  return {verdict: 'outside'}
}

function refusalVerdict(errno: string): 'dropped' | 'no-route' {
  return errno === 'EXDEV' ? 'dropped' : 'no-route'
}

function refusalWords({refusal = '', route}: KernelWay): string {
  const row = route === undefined ? '' : ` (${describeRoute(route)})`
  const words: Readonly<Record<string, string>> = {
    ENETUNREACH: 'has no route to it',
    EHOSTUNREACH: `holds an unreachable route to it, or forwards nothing that comes in there${row}`,
    EINVAL: `holds a blackhole route to it${row}`,
    EACCES: `holds a prohibit route to it${row}`,
    EXDEV: 'drops it: answers to its source would leave by another device (rp_filter)',
  }
  return words[refusal] ?? `refuses it: ${refusal}`
}
