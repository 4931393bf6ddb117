import {contains, parseCidr, parseIp} from '../../src/model/address.ts'
import type {EchoTry, KernelRoute, KernelWay, NodeEcho, PodInterface, ServiceWay} from '../../src/model/agent-api.ts'
import type {TraceEnd, TraceRequest} from '../../src/model/trace.ts'
import {lookupRoute} from '../../src/diagnostics/paths/route-lookup.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import type {KernelQuestion, Stop, TraceSources} from '../../src/diagnostics/trace/sources.ts'
import {fourAgents} from './agents.ts'

/** Traces of a cluster, as their text: by Node and port of entry ('' where the Pod sends), answers with "reply" behind. */
export type Texts = Readonly<Record<string, string>>

export const l3 = (peer: number, actions: string) =>
  `21. ip,nw_dst=10.244.${peer}.0/24, priority 200\n    ${actions.replaceAll(';', '\n    ')}`
export const traced = (tables: string, rest: {final?: string; port?: string; datapath?: string} = {}) =>
  `Flow: ip,in_port=${rest.port ?? '1'}\n\nbridge("br-int")\n----\n${tables}\n\nFinal flow: ${rest.final ?? 'unchanged'}\nMegaflow: x\nDatapath actions: ${rest.datapath ?? '5'}\n`
export const output = (port: number) => `36. priority 200\n    output:NXM_NX_REG1[]\n     -> output port is ${port}`
export const toTunnel = (ip: string, peer: number) =>
  traced(
    `${l3(peer, `set_field:${ip}->tun_dst;set_field:0x10/0xf0->reg0`)}\n${output(32_768)}\n     >> Not tunneling to our own address`,
    {final: `ip,tun_src=0.0.0.0,tun_dst=${ip},in_port=1`, datapath: 'drop'},
  )
export const toGateway = (peer: number) => traced(`${l3(peer, 'set_field:0x20/0xf0->reg0')}\n${output(32_769)}`)
/** To the port of Pod b, which is 7, or of Pod a, which is 1. */
export const toPod = (pod: 'a' | 'b' = 'b') => traced(output(pod === 'a' ? 1 : 7), {port: '9'})

export const onlink = (peer: number): KernelRoute => ({
  to: `10.244.${peer}.0/24`,
  via: `10.244.${peer}.1`,
  dev: 'antrea-gw0',
  onlink: true,
})
export const direct = (peer: number, via: string): KernelRoute => ({to: `10.244.${peer}.0/24`, via, dev: 'br-phy'})

/** Pod a is on n1, Pod b where `to` says. */
export const request = (to: number, changes: Partial<TraceRequest> = {}): TraceRequest => ({
  source: {ip: parseIp('10.244.1.2'), node: 'n1', pod: {namespace: 'default', name: 'a'}},
  destinations: [podB(to)],
  ...changes,
})
export const podB = (node: number): TraceEnd => ({
  ip: parseIp(`10.244.${node}.7`),
  node: `n${node}`,
  pod: {namespace: 'default', name: 'b'},
})

const pod = (name: string, ofPort: number): PodInterface => ({
  name,
  podNamespace: 'default',
  interfaceName: `${name}-1a2b3c`,
  ips: [],
  mac: '',
  portUUID: '',
  ofPort,
  containerID: '',
})

export interface World {
  readonly texts: Texts
  /** What every kernel holds beside its own podCIDR and the underlay. */
  readonly routes?: readonly KernelRoute[]
  /** By Node: these instead. */
  readonly routesOf?: Readonly<Record<string, readonly KernelRoute[]>>
  /** Changes what a kernel answers. */
  readonly kernel?: (node: string, way: KernelWay, question: KernelQuestion) => KernelWay | undefined
  /** What comes of the echoes, by size. */
  readonly echo?: (bytes: number) => Partial<EchoTry>
  readonly service?: ServiceWay
  readonly isUpstream?: boolean
  readonly asked?: [string, Stop][]
}

/** Sources that answer as the agents of four Nodes would, in two subnets behind one router. */
export function sourcesOf(world: World): TraceSources {
  const {texts, echo, service, isUpstream = false, asked = []} = world
  return {
    underlay: underlayOf(fourAgents),
    trace: async (node, stop) => {
      asked.push([node, stop])
      const key = `${node} ${stop.port ?? ''}${stop.connection === undefined ? '' : ' reply'}`
        .trim()
        .replaceAll('  ', ' ')
      const text = texts[key]
      if (text === undefined) throw new Error(`no trace for "${key}"`)
      return text
    },
    kernel: async (node, question) => {
      if (isUpstream) return undefined
      const way = kernelWay(node, question, world)
      return world.kernel === undefined ? way : world.kernel(node, way, question)
    },
    service: async () => (isUpstream ? undefined : service),
    echo: async (from, to, sizes): Promise<NodeEcho | undefined> =>
      echo === undefined ? undefined : {from, to, tries: sizes.map((bytes) => ({bytes, sent: 3, ...echo(bytes)}))},
    podInterfaces: async () => [pod('a', 1), pod('b', 7)],
    tableName: (_node, id) => ({21: 'L3Forwarding', 36: 'Output'})[id],
    knowsConnections: () => !isUpstream,
    sizes: () => ({podMtu: 1450, tunnel: 'geneve'}),
  }
}

export const macOf = (node: string) => `02:00:00:00:00:0${node.slice(1)}`

function kernelWay(node: string, {destination}: KernelQuestion, {routes = [], routesOf = {}}: World): KernelWay {
  const number = Number(node.slice(1))
  const subnet = number < 3 ? 1 : 2
  const table: readonly KernelRoute[] = [
    {to: `172.30.${subnet}.${10 + number}/32`, dev: 'br-phy', type: 'local'},
    {to: `10.244.${number}.1/32`, dev: 'antrea-gw0', type: 'local'},
    {to: `10.244.${number}.0/24`, dev: 'antrea-gw0'},
    {to: `172.30.${subnet}.0/24`, dev: 'br-phy'},
    {to: '172.30.0.0/16', via: `172.30.${subnet}.1`, dev: 'br-phy'},
    {to: '0.0.0.0/0', via: `172.31.${subnet}.1`, dev: 'eth0'},
  ]
  const route = lookupRoute([...table, ...(routesOf[node] ?? routes)], destination)
  const link = {name: 'eth1', mac: macOf(node), mtu: 1500, up: true, carrier: true}
  const hop = route?.dev === 'antrea-gw0' || route?.type === 'local' ? undefined : (route?.via ?? destination)
  const peer = fourAgents.find(({networkInfo}) => networkInfo.transportInterfaceIPs?.[0]?.startsWith(`${hop}/`))
  const pods = parseCidr('10.244.0.0/16')
  const leavesNode = route !== undefined && route.dev !== 'antrea-gw0' && route.type !== 'local'
  const own = `${route?.dev === 'eth0' ? '172.31' : '172.30'}.${subnet}.${10 + number}`
  return {
    ...(route === undefined ? {refusal: 'ENETUNREACH'} : {route}),
    source: `172.30.${subnet}.${10 + number}`,
    ...(hop !== undefined && {neighbour: {ip: hop, mac: peer === undefined ? '02:ff' : macOf(peer.metadata.name)}}),
    ...(leavesNode && !contains(pods, destination) && {masquerade: {source: own, rule: 'ip saddr … masquerade'}}),
    transport: {nic: link, device: {...link, name: 'br-phy'}},
  }
}
