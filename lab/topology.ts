import {addressAt, type Cidr, type Ip, parseCidr, prefixOf} from '../src/model/address.ts'

/** What a network of the lab looks like before its addresses are derived: who is in which subnet. */
export interface TopologySketch {
  readonly subnets: Readonly<Record<string, {readonly management: string; readonly transport: string}>>
  /** Node name to subnet name; the order gives the numbers of addresses and podCIDRs. */
  readonly nodes: Readonly<Record<string, string>>
  /** A host behind the router that belongs to no subnet. */
  readonly outside: {readonly network: string; readonly host: number}
  readonly podNetwork: string
  readonly serviceNetwork: string
}

/** One interface of a Node: a veth whose other end is a port of its subnet's bridge on the router. */
export interface Wire {
  readonly name: 'eth0' | 'eth1'
  readonly purpose: 'management' | 'transport'
  readonly ip: Ip
  readonly prefix: number
  readonly router: Ip
  readonly bridge: string
  /** The router's end. */
  readonly port: string
}

export interface LabNode {
  readonly name: string
  readonly subnet: string
  readonly podCidr: Cidr
  readonly management: Wire
  readonly transport: Wire
}

/** A bridge of the router, with the router's own address on it. */
export interface Segment {
  readonly bridge: string
  readonly purpose: Wire['purpose']
  readonly network: Cidr
  readonly router: Ip
}

export interface Topology {
  readonly segments: readonly Segment[]
  readonly nodes: readonly LabNode[]
  readonly outside: {readonly ip: Ip; readonly router: Ip; readonly prefix: number}
  readonly podNetwork: Cidr
  readonly serviceNetwork: Cidr
  /** Where Nodes reach the API server: the router, on the first management network. */
  readonly apiServer: Ip
}

const purposes = ['management', 'transport'] as const
const interfaceNames = {management: 'eth0', transport: 'eth1'} as const

/** Two subnets of two Nodes each, joined by a router. */
export const fourNodes = topologyOf({
  subnets: {
    A: {management: '172.31.1.0/24', transport: '172.30.1.0/24'},
    B: {management: '172.31.2.0/24', transport: '172.30.2.0/24'},
  },
  nodes: {n1: 'A', n2: 'A', n3: 'B', n4: 'B'},
  outside: {network: '203.0.113.0/24', host: 10},
  podNetwork: '10.244.0.0/16',
  serviceNetwork: '10.96.0.0/16',
})

export function topologyOf(sketch: TopologySketch): Topology {
  const segments = Object.entries(sketch.subnets).flatMap(([subnet, networks]) =>
    purposes.map((purpose) => segmentOf(subnet, purpose, parseCidr(networks[purpose]))),
  )
  const [first] = segments
  if (first === undefined) throw new Error('a topology needs a subnet')
  const outside = parseCidr(sketch.outside.network)
  return {
    segments,
    nodes: Object.entries(sketch.nodes).map(([name, subnet], index) =>
      nodeOf(name, subnet, index + 1, segments, sketch),
    ),
    outside: {ip: addressAt(outside, sketch.outside.host), router: addressAt(outside, 1), prefix: prefixOf(outside)},
    podNetwork: parseCidr(sketch.podNetwork),
    serviceNetwork: parseCidr(sketch.serviceNetwork),
    apiServer: first.router,
  }
}

/** Node N has host number 10+N in its networks and the Nth /24 of the Pod network. */
function nodeOf(
  name: string,
  subnet: string,
  number: number,
  segments: readonly Segment[],
  sketch: TopologySketch,
): LabNode {
  const podNetwork = parseCidr(sketch.podNetwork)
  const wire = (purpose: Wire['purpose']): Wire => {
    const segment = segments.find(({bridge}) => bridge === bridgeOf(subnet, purpose))
    if (segment === undefined) throw new Error(`Node ${name} is in subnet ${subnet}, which does not exist`)
    const prefix = prefixOf(segment.network)
    const ip = addressAt(segment.network, 10 + number)
    const {bridge, router} = segment
    return {
      name: interfaceNames[purpose],
      purpose,
      ip,
      prefix,
      router,
      bridge,
      port: `${name}-${interfaceNames[purpose]}`,
    }
  }
  return {
    name,
    subnet,
    podCidr: parseCidr(`${addressAt(podNetwork, number * 256)}/24`),
    management: wire('management'),
    transport: wire('transport'),
  }
}

function segmentOf(subnet: string, purpose: Wire['purpose'], network: Cidr): Segment {
  return {bridge: bridgeOf(subnet, purpose), purpose, network, router: addressAt(network, 1)}
}

function bridgeOf(subnet: string, purpose: Wire['purpose']): string {
  return `${purpose}-${subnet}`
}
