import {addressAt, type Cidr, type Ip, parseCidr, prefixOf} from '../src/model/address.ts'

/** What a network of the lab looks like before its addresses are derived. */
export interface TopologySketch {
  /** What it is for, in one sentence. */
  readonly about: string
  readonly subnets: Readonly<Record<string, {readonly management: string; readonly transport: string}>>
  /** Node name to its place; the order gives the numbers of addresses and podCIDRs. */
  readonly nodes: Readonly<Record<string, NodeSketch>>
  readonly underlay?: Partial<Underlay>
}

export interface NodeSketch {
  readonly subnet: string
  /** Host number of its addresses; 10 and the Node's own number when absent. */
  readonly host?: number
  /** Prefix length that the Node gives its transport address; the subnet's when absent. */
  readonly mask?: number
}

/** What lies between the Nodes. */
export interface Underlay {
  /** Of the transport network. */
  readonly mtu: number
  /** The router has a route to each podCIDR. */
  readonly knowsPods: boolean
  /** Only a Node's own addresses leave it, and none of a Pod reach it: AWS's source/destination check. */
  readonly checksAddresses: boolean
}

/** One interface of a Node: a veth whose other end is a port of its subnet's bridge on the router. */
export interface Wire {
  readonly name: 'eth0' | 'eth1'
  readonly purpose: 'management' | 'transport'
  readonly ip: Ip
  /** As the Node has it, which need not be the segment's. */
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
  readonly underlay: Underlay
  readonly segments: readonly Segment[]
  readonly nodes: readonly LabNode[]
  /** A host behind the router that belongs to no subnet. */
  readonly outside: {readonly ip: Ip; readonly router: Ip; readonly prefix: number}
  readonly podNetwork: Cidr
  readonly serviceNetwork: Cidr
  /** Where Nodes reach the API server: the router, on the first management network. */
  readonly apiServer: Ip
}

const purposes = ['management', 'transport'] as const
const interfaceNames = {management: 'eth0', transport: 'eth1'} as const

const plainUnderlay: Underlay = {mtu: 1500, knowsPods: false, checksAddresses: false}
const podNetwork = parseCidr('10.244.0.0/16')
const serviceNetwork = parseCidr('10.96.0.0/16')
const outside = parseCidr('203.0.113.0/24')

export function topologyOf(sketch: TopologySketch): Topology {
  const segments = Object.entries(sketch.subnets).flatMap(([subnet, networks]) =>
    purposes.map((purpose) => segmentOf(subnet, purpose, parseCidr(networks[purpose]))),
  )
  const [first] = segments
  if (first === undefined) throw new Error('a topology needs a subnet')
  return {
    underlay: {...plainUnderlay, ...sketch.underlay},
    segments,
    nodes: Object.entries(sketch.nodes).map(([name, place], index) => nodeOf(name, place, index + 1, segments)),
    outside: {ip: addressAt(outside, 10), router: addressAt(outside, 1), prefix: prefixOf(outside)},
    podNetwork,
    serviceNetwork,
    apiServer: first.router,
  }
}

/** Node N has the Nth /24 of the Pod network. */
function nodeOf(name: string, {subnet, host, mask}: NodeSketch, number: number, segments: readonly Segment[]): LabNode {
  const wire = (purpose: Wire['purpose']): Wire => {
    const segment = segments.find(({bridge}) => bridge === bridgeOf(subnet, purpose))
    if (segment === undefined) throw new Error(`Node ${name} is in subnet ${subnet}, which does not exist`)
    const {bridge, router, network} = segment
    return {
      name: interfaceNames[purpose],
      purpose,
      ip: addressAt(network, host ?? 10 + number),
      prefix: (purpose === 'transport' ? mask : undefined) ?? prefixOf(network),
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
