import {familyOf, gatewayOf, type Ip, isIpText, parseIp} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {describePod, type PodName} from '../../model/pod.ts'
import type {TraceEnd, TraceRequest} from '../../model/trace.ts'
import type {ApiServer} from '../../cluster/api.ts'
import {type ClusterPod, findPod, noPod, parsePodName} from '../../cluster/pods.ts'
import {findService} from '../../cluster/services.ts'
import {internalIpOf, translateNode} from '../../cluster/translate-node.ts'
import {isArp} from './journey.ts'
import {locateService} from './locate-service.ts'
import type {TraceSources} from './sources.ts'

export interface TraceWords {
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly port?: string | undefined
  /** The Node whose bridge has `port`, or by which something outside comes in. */
  readonly node?: string | undefined
  readonly namespace: string
  readonly flow?: string | undefined
  readonly family: 4 | 6
  readonly endpoints: 'first' | 'all'
}

/** A Pod of the cluster, asked for once however often it is needed; undefined: there is none. */
export type PodFinder = (name: PodName) => Promise<ClusterPod | undefined>

export function podFinder(api: ApiServer, signal: AbortSignal): PodFinder {
  const known = new Map<string, Promise<ClusterPod | undefined>>()
  return (name) => {
    const found = known.get(describePod(name)) ?? findPod(api, name, {signal})
    known.set(describePod(name), found)
    return found
  }
}

/** Asks for whatever is named like a Pod, before anybody needs it: who needs it hears of a failure. */
export function findAhead({source, destination, port}: TraceWords, pods: PodFinder): void {
  for (const text of [source, destination, port])
    if (text?.includes('/') === true) pods(parsePodName(text, '')).catch(() => undefined)
}

export interface Finder {
  readonly words: TraceWords
  readonly api: ApiServer
  readonly pods: PodFinder
  readonly sources: Pick<TraceSources, 'underlay' | 'podInterfaces'>
  readonly signal: AbortSignal
}

/** Is everything named that a packet has? Throws USAGE, before anybody is asked. */
export function checkWords({source, destination, port, flow = ''}: TraceWords): void {
  if (source === undefined && port?.includes('/') !== true)
    throw new AntctlError('USAGE', 'nobody is named who sends the packet', {
      remedy: ['name who sends it with -S, or the port of a Pod with -p NS/POD'],
    })
  if (destination === undefined && !isArp(flow))
    throw new AntctlError('USAGE', 'nobody is named whom the packet is for', {remedy: ['name it with -D']})
  parseFlowWords(flow === '' ? 'ip' : flow)
}

/** What was typed → both ends: which Pod, which address, which Node. */
export async function locate(finder: Finder): Promise<TraceRequest> {
  const {words} = finder
  const flow = words.flow === undefined ? {} : {flow: parseFlowWords(words.flow)}
  const source = await endOf(words.source ?? words.port ?? '', finder)
  if (words.destination === undefined)
    return {source, destinations: [source], ...flow, ...(await entry(source, finder))}
  if (words.destination === names.gatewayPort) {
    const gateway = gatewayEnd(source, finder)
    return {source, destinations: [gateway], ...flow, ...(await entry(gateway, finder))}
  }
  const service = words.destination.includes('/') ? await serviceNamed(words.destination, finder) : undefined
  if (service !== undefined) return locateService(service, source, finder)
  const destination = await endOf(words.destination, finder)
  return {source, destinations: [destination], ...flow, ...(await entry(destination, finder))}
}

/** A Pod wins over a Service of the same name, as upstream. */
async function serviceNamed(text: string, {api, pods, words, signal}: Finder) {
  const name = parsePodName(text, words.namespace)
  if ((await pods(name)) !== undefined) return undefined
  const service = await findService(api, name, {signal})
  if (service !== undefined) return service
  throw new AntctlError('POD_UNKNOWN', `there is neither a Pod nor a Service ${describePod(name)}`, {
    remedy: [`kubectl -n ${name.namespace} get pods,services`],
  })
}

async function endOf(text: string, finder: Finder): Promise<TraceEnd> {
  const {words, sources} = finder
  if (isIpText(text)) return addressEnd(parseIp(text), finder)
  const node = sources.underlay.nodes.find(({name}) => name === text)
  if (node !== undefined) {
    const ip = node.transport.find((address) => familyOf(address.ip) === words.family)?.ip
    if (ip === undefined) throw noAddress(text, words.family)
    return {ip, node: text, host: true}
  }
  return podEnd(await podNamed(text, finder), words.family)
}

async function podNamed(text: string, {pods, words}: Finder): Promise<ClusterPod> {
  const name = parsePodName(text, words.namespace)
  const pod = await pods(name)
  if (pod === undefined) throw noPod(name)
  return pod
}

function podEnd(pod: ClusterPod, family: 4 | 6): TraceEnd {
  const {namespace, name, node, hostNetwork} = pod
  if (pod.ip === undefined || node === undefined) {
    throw new AntctlError('POD_UNKNOWN', `${describePod(pod)} has no address yet: it is ${pod.phase}`, {
      remedy: [`kubectl -n ${namespace} describe pod ${name}`],
    })
  }
  const ip = [pod.ip, ...pod.ips].find((address) => familyOf(address) === family)
  if (ip === undefined) throw noAddress(describePod(pod), family)
  return {ip, node, pod: {namespace, name}, ...(hostNetwork && {host: true})}
}

function noAddress(who: string, family: 4 | 6): AntctlError {
  return new AntctlError('USAGE', `${who} has no IPv${family} address`, {remedy: [`choose -F ${family === 4 ? 6 : 4}`]})
}

/** A Pod's, a gateway's, a Node's; an address of a podCIDR belongs to that Node even when no Pod has it; all else is outside. */
async function addressEnd(ip: Ip, {sources, api, signal}: Finder): Promise<TraceEnd> {
  const {underlay} = sources
  const home = underlay.homeOf(ip)
  if (home !== undefined) {
    const isGateway = underlay.nodes.some(({podCidrs}) => podCidrs.some((cidr) => gatewayOf(cidr) === ip))
    if (isGateway) return {ip, node: home, host: true}
    const pod = (await sources.podInterfaces(home)).find(({ips}) => ips.includes(ip))
    return {ip, node: home, ...(pod !== undefined && {pod: {namespace: pod.podNamespace, name: pod.name}})}
  }
  const node = underlay.ownerOf(ip) ?? (await nodeWith(ip, api, signal))
  return node === undefined ? {ip} : {ip, node, host: true}
}

async function nodeWith(ip: Ip, api: ApiServer, signal: AbortSignal): Promise<string | undefined> {
  const {items} = await api.list('/api/v1/nodes', {signal})
  const found = items.find((item) => internalIpOf(item) === ip)
  return found === undefined ? undefined : translateNode(found)?.name
}

function gatewayEnd({node}: TraceEnd, {sources, words}: Finder): TraceEnd {
  const cidr = sources.underlay.nodes
    .find(({name}) => name === node)
    ?.podCidrs.find((range) => familyOf(range) === words.family)
  if (node === undefined || cidr === undefined)
    throw new AntctlError('USAGE', `${names.gatewayPort} is a Node's own: the source must be on one`)
  return {ip: gatewayOf(cidr), node, host: true}
}

/** `-p`: the bridge is the one that has the port; those that every bridge has are meant where the packet goes. */
async function entry({node: home}: TraceEnd, finder: Finder): Promise<Pick<TraceRequest, 'entry'>> {
  const {words, sources} = finder
  const {port} = words
  if (port === undefined) return {}
  if (port.includes('/')) {
    const {node} = await podNamed(port, finder)
    if (node !== undefined) return {entry: {node, port}}
  }
  if (!/^[\w.-]{1,15}$/u.test(port)) throw new AntctlError('USAGE', `${JSON.stringify(port)} is no port of a bridge`)
  const named = words.node ?? (await nodeOfPort(port, sources)) ?? home
  if (named !== undefined) return {entry: {node: named, port}}
  throw new AntctlError('USAGE', `every Node has a bridge: which one has ${port}?`, {remedy: ['name it with --node']})
}

async function nodeOfPort(port: string, {underlay, podInterfaces}: Finder['sources']): Promise<string | undefined> {
  if (port === names.gatewayPort || port.startsWith('antrea-tun')) return undefined
  const answers = await Promise.all(
    underlay.nodes.map(async ({name}) => ({name, ports: await podInterfaces(name).catch(() => [])})),
  )
  const found = answers.find(({ports}) => ports.some(({interfaceName}) => interfaceName === port))
  if (found !== undefined) return found.name
  throw new AntctlError('USAGE', `no bridge has a port ${port}`, {remedy: ['antctl get podinterface']})
}

/**
 * ovs-ofctl's match words and nothing else: whatever could be an option or another argument is refused here and again
 * by the agent.
 */
export function parseFlowWords(text: string): string {
  if (/^[a-z][a-z0-9_]*(?:=[a-z0-9_.:/+-]+)?(?:,[a-z][a-z0-9_]*(?:=[a-z0-9_.:/+-]+)?)*$/iu.test(text)) return text
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} is not a flow`, {
    remedy: ['for example: -f tcp,tcp_dst=80'],
  })
}
