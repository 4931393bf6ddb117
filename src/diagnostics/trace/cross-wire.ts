import {familyOf, gatewayOf} from '../../model/address.ts'
import type {EchoTry, KernelWay, NodeEcho, NodeLink} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'
import type {WireForm, WireHop} from '../../model/trace.ts'
import {tunnelTypes} from '../../model/tunnel.ts'
import type {Ending, Journey, Packet} from './journey.ts'

export interface Cable {
  readonly from: string
  readonly to: string
  readonly form: WireForm
  /** A router that must know the way. */
  readonly via?: string
  /** Of the packet as it is on the wire: a tunnel's own, or the routed one. */
  readonly way: KernelWay | undefined
  readonly packet: Packet
}

export interface Crossed {
  readonly wire: WireHop
  /** It does not get across. */
  readonly trouble?: Required<Ending>
  /** Both Nodes would do right, but asking each other they get no answer. */
  readonly doubt?: Required<Ending>
  /** They did get one. */
  readonly proven: boolean
}

/** What both ends know of the way between them: cables, neighbours, sizes; and whether their gateways answer each other. */
export async function crossWire(cable: Cable, journey: Journey): Promise<Crossed> {
  const {from, to, form, via, way, packet} = cable
  const {sources} = journey
  const peerIp = sources.underlay.nodes.find(({name}) => name === to)?.transport[0]?.ip
  const peer = peerIp === undefined ? undefined : await sources.kernel(to, {destination: peerIp})
  const trouble = troubleOf(cable, peer) ?? sizeTrouble(cable, journey)
  const echo = trouble === undefined && !journey.isReply ? await ask(cable, journey) : undefined
  const doubt = echo === undefined ? undefined : doubtOf(cable, echo)
  const said = trouble?.says ?? doubt?.says ?? echoWords(echo)
  return {
    wire: {
      at: 'wire',
      node: from,
      to,
      form,
      ...((via ?? way?.neighbour?.ip) !== undefined && {via: via ?? way?.neighbour?.ip ?? ''}),
      packet: {source: packet.source, destination: packet.destination},
      says: `${from} to ${to}, ${describeForm(cable)}${said === '' ? '' : `: ${said}`}`,
      ...(echo !== undefined && {echo}),
    },
    ...(trouble !== undefined && {trouble}),
    ...(doubt !== undefined && {doubt}),
    proven: echo !== undefined && doubt === undefined,
  }
}

function describeForm({form, via}: Cable): string {
  return {tunnelled: 'through the tunnel', routed: 'without a tunnel', fabric: `by the router ${via ?? ''}`}[form]
}

function troubleOf({from, to, way}: Cable, peer: KernelWay | undefined): Required<Ending> | undefined {
  if (way === undefined) return undefined
  if (way.refusal !== undefined) return {verdict: 'no-route', says: `${from} has no route to ${to} itself`}
  const link =
    linkTrouble(from, linksOf(way)) ??
    (peer === undefined ? undefined : linkTrouble(to, [peer.transport.nic, peer.transport.device]))
  if (link !== undefined) return link
  const {neighbour} = way
  if (neighbour === undefined) return undefined
  if (neighbour.mac === undefined)
    return {verdict: 'wrong-neighbour', says: `nobody answers ${from} for ${neighbour.ip}`}
  const right = peer?.transport.device.mac
  const isPeer = peer?.route?.to.split('/')[0] === neighbour.ip
  if (!isPeer || right === undefined || right === neighbour.mac) return undefined
  const says = `${from} sends to ${neighbour.mac} for ${neighbour.ip}, but ${to} has ${right}`
  return {verdict: 'wrong-neighbour', says}
}

/** The NIC carries what its bridge sends. */
function linksOf({route, link, transport}: KernelWay): readonly NodeLink[] {
  const byTransport = route?.dev === transport.device.name
  return [...(link === undefined ? [] : [link]), ...(byTransport ? [transport.nic] : [])]
}

function linkTrouble(node: string, links: readonly NodeLink[]): Required<Ending> | undefined {
  const down = links.find(({up, carrier}) => !up || !carrier)
  if (down === undefined) return undefined
  return {
    verdict: 'link-down',
    says: `${down.name} of ${node} is down: ${down.up ? 'its cable is out' : 'it is switched off'}`,
  }
}

/** What a Pod may send must fit, with all that is put around it. */
function sizeTrouble({from, form, way}: Cable, {sources}: Journey): Required<Ending> | undefined {
  const {podMtu, tunnel} = sources.sizes(from)
  if (way === undefined || podMtu === undefined) return undefined
  const around = form === 'tunnelled' && tunnel !== undefined ? tunnelTypes[tunnel].headers : 0
  const links = way.route?.dev === way.transport.device.name ? [way.transport.nic, way.transport.device] : linksOf(way)
  const narrow = links.find(({mtu}) => mtu < podMtu + around)
  if (narrow === undefined) return undefined
  const tunnelWords = around === 0 ? '' : ` and ${around} of the tunnel`
  return {
    verdict: 'mtu',
    says: `Pods of ${from} send up to ${podMtu} bytes${tunnelWords}, ${narrow.name} takes ${narrow.mtu}`,
  }
}

const small = 84

/** Only where the gateways' own packets take the same form as the packet that is traced. */
async function ask({from, to, form, packet}: Cable, {sources}: Journey): Promise<NodeEcho | undefined> {
  if (sources.underlay.homeOf(packet.destination) !== to) return undefined
  const cidr = sources.underlay.nodes.find(({name}) => name === to)?.podCidrs.find((range) => familyOf(range) === 4)
  if (cidr === undefined) return undefined
  const towards = await sources.kernel(from, {destination: gatewayOf(cidr)})
  if (towards?.route === undefined || (towards.route.dev === names.gatewayPort) !== (form === 'tunnelled'))
    return undefined
  const {podMtu} = sources.sizes(from)
  return sources.echo(from, to, podMtu === undefined || podMtu <= small ? [small] : [small, podMtu])
}

function doubtOf({from, to, form, via}: Cable, {tries}: NodeEcho): Required<Ending> | undefined {
  const [first, full] = tries
  if (first === undefined) return undefined
  if (first.roundTrip === undefined) {
    const isRoute = /no route/u.test(first.said ?? '')
    const who = form === 'fabric' ? `the router ${via ?? ''} brings` : 'the network between them brings'
    const heard = first.said === undefined ? `${who} nothing there or nothing back` : first.said
    return {
      verdict: isRoute ? 'no-route' : 'lost',
      says: `the gateways of ${from} and ${to} do not reach each other (${first.sent} packets): ${heard}`,
    }
  }
  if (full === undefined || full.roundTrip !== undefined) return undefined
  return {
    verdict: 'mtu',
    says: `${first.bytes} bytes come through, ${full.bytes} do not: ${full.said ?? 'the network drops them silently'}`,
  }
}

function echoWords(echo: NodeEcho | undefined): string {
  const answered = echo?.tries.filter((one): one is EchoTry & {roundTrip: number} => one.roundTrip !== undefined) ?? []
  if (answered.length === 0) return ''
  const sizes = answered.map(({bytes}) => bytes).join(' and ')
  const fastest = Math.min(...answered.map(({roundTrip}) => roundTrip))
  return `packets of ${sizes} bytes come through, ${fastest.toFixed(1)} ms there and back`
}
