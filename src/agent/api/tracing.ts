import {contains, type Ip, isIpText, type Mac, parseIp, parseMac} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {names, ofports} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import type {LocalPod, PodName} from '../../model/pod.ts'

/** The query of GET /ovstracing, as it came; `connection=established` and `mark=` are ours. */
export interface TracingQuery {
  readonly port: string
  readonly source: string
  readonly destination: string
  readonly flow: string
  /** It answers a packet that this bridge has seen (established), or that went another way (unseen). */
  readonly connection: string
  /** ct_mark that the connection was given then. */
  readonly mark: string
}

export function tracingQuery(query: URLSearchParams): TracingQuery {
  const text = (name: string) => query.get(name) ?? ''
  return {
    port: text('port'),
    source: text('source'),
    destination: text('destination'),
    flow: text('flow'),
    connection: text('connection'),
    mark: text('mark'),
  }
}

/** What conntrack is to say at each recirculation: ovs-vswitchd(8), ofproto/trace; it takes a packet for a first one otherwise. */
export function connectionOptions({connection, flow}: TracingQuery): readonly string[] {
  if (connection === '') return []
  const states: Readonly<Record<string, string>> = {
    established: 'trk,est,rpl',
    // Of these, conntrack knows by themselves that they answer something.
    unseen: /^(?:tcp|icmp|sctp)/u.test(flow) ? 'trk,inv' : 'trk,new',
  }
  const state = states[connection]
  if (state === undefined)
    throw new AntctlError('USAGE', `connection=${JSON.stringify(connection)} is neither established nor unseen`)
  return Array.from({length: recirculations}, () => ['--ct-next', state]).flat()
}

/** More than any pipeline has. */
const recirculations = 4

export interface TracingFacts {
  readonly wiring: NodeWiring
  readonly pods: readonly LocalPod[]
  readonly peers: readonly PeerNode[]
  /** Addresses of a Pod that is not of this Node. */
  readonly remoteAddress: (pod: PodName) => Promise<Ip>
}

/** The flow for `ofproto/trace br-int FLOW`; throws POD_UNKNOWN, FLOW_INVALID or USAGE. */
export async function traceFlow(query: TracingQuery, facts: TracingFacts): Promise<string> {
  const {port, source, destination, flow} = query
  const from = source === '' ? undefined : await endOf(source, facts)
  const to = destination === '' ? undefined : await endOf(destination, facts)
  const entry = entryOf(port, from, to, facts)
  const extra = parseExtra(flow)
  const given: Readonly<Record<string, string | undefined>> = {
    in_port: String(entry.ofport),
    dl_src: entry.ethSrc,
    dl_dst: extra.protocol === 'arp' ? 'ff:ff:ff:ff:ff:ff' : entry.ethDst,
    tun_src: entry.tunSrc,
    tun_dst: entry.tunDst,
    ct_mark: markOf(query),
    ...(extra.protocol === 'arp' ? question(entry, from, to) : packet(query, extra.protocol, from, to)),
  }
  const fields = Object.entries(given).filter(([field, value]) => value !== undefined && !extra.fields.has(field))
  return [extra.protocol, ...fields.map(([field, value]) => `${field}=${value}`), ...extra.words].join(',')
}

type Given = Readonly<Record<string, string | undefined>>

/** The first packet of a connection, or the first that answers it. */
function packet({connection}: TracingQuery, protocol: string, from: End | undefined, to: End | undefined): Given {
  const isReply = connection !== ''
  const isSix = (from ?? to)?.ip.includes(':') === true
  return {
    [isSix ? 'ipv6_src' : 'nw_src']: from?.ip,
    [isSix ? 'ipv6_dst' : 'nw_dst']: to?.ip,
    // A packet without a lifetime would be dropped where it is routed.
    nw_ttl: '64',
    ...(protocol === 'icmp' && {icmp_type: isReply ? '0' : '8'}),
    // One that opens no connection is another packet to the pipeline.
    ...(protocol.startsWith('tcp') && {tcp_flags: isReply ? '0x012' : '0x002'}),
  }
}

function question({ethSrc}: Entry, from: End | undefined, to: End | undefined): Given {
  return {arp_op: '1', arp_spa: from?.ip, arp_sha: ethSrc, arp_tpa: to?.ip}
}

function markOf({mark}: TracingQuery): string | undefined {
  if (mark === '') return undefined
  if (/^0x[0-9a-f]{1,8}$/u.test(mark)) return mark
  throw new AntctlError('USAGE', `mark=${JSON.stringify(mark)} is no mark of a connection`)
}

interface End {
  readonly ip: Ip
  readonly pod?: LocalPod
}

async function endOf(text: string, {pods, remoteAddress}: TracingFacts): Promise<End> {
  if (isIpText(text)) {
    const ip = parseIp(text)
    const pod = pods.find(({ips}) => ips.includes(ip))
    return {ip, ...(pod !== undefined && {pod})}
  }
  const name = podNameOf(text)
  const pod = pods.find((pod) => pod.namespace === name.namespace && pod.name === name.name)
  const ip = pod?.ips[0] ?? (await remoteAddress(name))
  return {ip, ...(pod !== undefined && {pod})}
}

interface Entry {
  readonly ofport: number
  readonly ethSrc?: Mac
  readonly ethDst?: Mac
  readonly tunSrc?: Ip
  readonly tunDst?: Ip
}

/** By which port the packet comes in, and what it wears there. */
function entryOf(port: string, from: End | undefined, to: End | undefined, {wiring, pods, peers}: TracingFacts): Entry {
  const {gateway} = wiring
  const virtual = parseMac(names.virtualMac)
  if (port === names.tunnelPort) {
    const tunSrc = peers.find(({podCidr}) => from !== undefined && contains(podCidr, from.ip))?.transportIp
    const tunDst = wiring.transport[0]?.ip
    const tunnel = {...(tunSrc !== undefined && {tunSrc}), ...(tunDst !== undefined && {tunDst})}
    return {ofport: wiring.tunnels[0].ofport, ethSrc: virtual, ethDst: virtual, ...tunnel}
  }
  if (port === names.gatewayPort) {
    return {ofport: ofports.gateway, ethSrc: gateway.mac, ethDst: to?.pod?.mac ?? virtual}
  }
  const pod = port === '' ? from?.pod : podOfPort(port, pods)
  if (pod === undefined) throw new AntctlError('POD_UNKNOWN', `${port || 'the source'} is no port or Pod of this Node`)
  return {ofport: pod.ofport, ethSrc: pod.mac, ethDst: to?.pod?.mac ?? gateway.mac}
}

function podOfPort(port: string, pods: readonly LocalPod[]): LocalPod | undefined {
  return pods.find(({interfaceName, namespace, name}) => port === interfaceName || port === `${namespace}/${name}`)
}

function podNameOf(text: string): PodName {
  const {namespace, name} = /^(?<namespace>[a-z0-9.-]{1,253})\/(?<name>[a-z0-9.-]{1,253})$/u.exec(text)?.groups ?? {}
  if (namespace === undefined || name === undefined) {
    throw new AntctlError('USAGE', `${JSON.stringify(text)} is neither an address nor NAMESPACE/POD`)
  }
  return {namespace, name}
}

const protocols = new Set(['ip', 'icmp', 'tcp', 'udp', 'sctp', 'arp', 'ipv6', 'icmp6', 'tcp6', 'udp6', 'sctp6'])
const word = /^(?<field>[a-z][a-z0-9_]{0,30})(?:=[a-zA-Z0-9.:/+x_-]{1,80})?$/u

/** More match text of the caller: a protocol and FIELD=VALUE words, nothing that could be an option or an action. */
function parseExtra(flow: string): {
  readonly protocol: string
  readonly words: readonly string[]
  readonly fields: ReadonlySet<string>
} {
  const parts = flow.split(/[,\s]+/u).filter((part) => part !== '')
  const fields = parts.map((part) => {
    const field = word.exec(part)?.groups?.['field']
    if (field === undefined || part.length !== part.trim().length) {
      throw new AntctlError('FLOW_INVALID', `${JSON.stringify(part)} is no match field`, {
        remedy: ['for example tcp,tcp_dst=80'],
      })
    }
    return field
  })
  const protocol = parts.find((part) => protocols.has(part)) ?? 'ip'
  const words = parts.filter((part) => part !== protocol)
  return {protocol, words, fields: new Set(fields)}
}
