import {contains, parseCidr} from '../../model/address.ts'
import type {ServiceWay} from '../../model/agent-api.ts'
import type {Translation} from '../../model/trace.ts'
import type {Ending, Journey, Packet, Place} from './journey.ts'
import {answerTo} from './answer.ts'

export interface Translated {
  readonly packet: Packet
  readonly translations: readonly Translation[]
  readonly says: readonly string[]
  readonly service?: ServiceWay
  readonly trouble?: Ending
}

type Kernel = Place & {readonly at: 'kernel'}

/** What the host does to addresses before it looks for a route: a Service's to an endpoint's, and back for answers. */
export async function translate(place: Kernel, packet: Packet, journey: Journey): Promise<Translated> {
  const {service, isReply} = journey
  if (isReply) return turnBack(place, packet, journey)
  if (service === undefined || packet.destination !== service.ip) return untouched(packet)
  const found = await journey.sources.service(place.node, service)
  return found === undefined ? assumed(packet, journey) : toEndpoint(packet, found, journey)
}

function turnBack({node}: Kernel, packet: Packet, {memory}: Journey): Translated {
  const turn = memory.translations.findLast(
    ({node: at, after}) => at === node && after.source === packet.destination && after.destination === packet.source,
  )
  if (turn === undefined) return untouched(packet)
  const {before} = turn
  const back: Packet = answerTo(before)
  const changes = (['source', 'destination'] as const).filter((what) => packet[what] !== back[what])
  return {
    packet: back,
    translations: changes.map((what) => ({what, from: packet[what], to: back[what], rules: []})),
    says: changes.map((what) => `turns the ${what} ${packet[what]} back into ${back[what]}`),
  }
}

function toEndpoint(packet: Packet, found: ServiceWay, journey: Journey): Translated {
  const {service, to} = journey
  const endpoint = `${to.ip}:${service?.endpointPort ?? 0}`
  if (found.program === undefined)
    return {
      ...untouched(packet),
      service: found,
      says: [`does not translate ${packet.destination}: kube-proxy has put no rule there`],
      trouble: {verdict: 'no-route'},
    }
  if (!found.endpoints.includes(endpoint))
    return {
      ...untouched(packet),
      service: found,
      says: [`does not know ${endpoint}: kube-proxy's rules lead to ${found.endpoints.join(', ') || 'nobody'}`],
      trouble: {verdict: 'no-route'},
    }
  const turned: Packet = {...packet, destination: to.ip, ...flowTo(packet, service?.endpointPort)}
  return {
    packet: turned,
    translations: [
      {what: 'destination', from: `${packet.destination}:${service?.port ?? 0}`, to: endpoint, rules: found.rules},
    ],
    says: [`turns the Service ${packet.destination} into its endpoint ${endpoint} (${found.program})`],
    service: found,
  }
}

/** Upstream's own proxy is in the bridge, and its agents do not tell of the host's. */
function assumed(packet: Packet, {service}: Journey): Translated {
  return {
    ...untouched(packet),
    says: [`has the Service ${service?.ip ?? packet.destination}, but its agent does not tell what kube-proxy does`],
    trouble: {verdict: 'unknown'},
  }
}

function untouched(packet: Packet): Translated {
  return {packet, translations: [], says: []}
}

function flowTo({flow}: Packet, port: number | undefined): Partial<Packet> {
  if (flow === undefined || port === undefined) return {}
  return {flow: flow.replace(/\b((?:tcp|udp|sctp|tp)_dst)=\d+/u, (_, field: string) => `${field}=${port}`)}
}

/** Does the host also put its own address in the place of the source, so that answers come back through it? */
export function isMasqueraded({masquerade = ''}: ServiceWay, {source, destination}: Packet): boolean {
  if (source === destination) return true
  const except = /! -s (\S+)|ip saddr != (\S+)/u.exec(masquerade)
  const range = except?.[1] ?? except?.[2]
  return masquerade !== '' && (range === undefined || !contains(parseCidr(range), source))
}
