import {AntctlError} from '../src/model/errors.ts'
import {type LabNode, type Topology, topologyOf, type TopologySketch} from './topology.ts'

const subnet = (number: number) => ({
  management: `172.31.${number}.0/24`,
  transport: `172.30.${number}.0/24`,
})
const [A, B, C] = [subnet(1), subnet(2), subnet(3)]
const four = {
  subnets: {A, B},
  nodes: {n1: {subnet: 'A'}, n2: {subnet: 'A'}, n3: {subnet: 'B'}, n4: {subnet: 'B'}},
} as const
const pair = {subnets: {A}, nodes: {n1: {subnet: 'A'}, n2: {subnet: 'A'}}} as const

/** The networks that the lab can be. */
const sketches = {
  'four-nodes': {
    ...four,
    about: 'two subnets of two Nodes each; the router between them knows no Pod network',
  },
  'fabric-routes': {
    ...four,
    about: 'the same four Nodes; the router has a route to each podCIDR, as noEncap needs it across subnets',
    underlay: {knowsPods: true},
  },
  recorded: {
    subnets: {A, B},
    nodes: {node1: {subnet: 'A'}, node2: {subnet: 'A'}, node3: {subnet: 'B'}},
    about: 'the three Nodes of the recorded upstream cluster, with its addresses; see `upstream`',
    underlay: {knowsPods: true},
  },
  'one-subnet': {...pair, about: 'two Nodes in one subnet, with nothing between them'},
  'three-subnets': {
    subnets: {A, B, C},
    nodes: {n1: {subnet: 'A'}, n2: {subnet: 'B'}, n3: {subnet: 'C'}},
    about: 'three Nodes, each in a subnet of its own',
  },
  'host-masks': {
    subnets: {A},
    nodes: {n1: {subnet: 'A', mask: 32}, n2: {subnet: 'A', mask: 32}},
    about: 'two Nodes on one wire with /32 addresses, as on Google Cloud: all packets go to the router first',
  },
  'unequal-masks': {
    subnets: {A},
    nodes: {n1: {subnet: 'A'}, n2: {subnet: 'A', host: 200, mask: 28}},
    about: 'n1 has a /24 and calls n2 a neighbour, n2 has a /28 and does not call n1 one',
  },
  'address-check': {
    ...pair,
    about: "two Nodes in one subnet that lets no Pod address pass, as AWS's source/destination check does",
    underlay: {checksAddresses: true},
  },
  'mtu-1400': {...pair, about: 'two Nodes in one subnet whose wire carries 1400 bytes', underlay: {mtu: 1400}},
  'mtu-9000': {...pair, about: 'two Nodes in one subnet whose wire carries 9000 bytes', underlay: {mtu: 9000}},
} as const satisfies Readonly<Record<string, TopologySketch>>

export type TopologyName = keyof typeof sketches

export const defaultTopology: TopologyName = 'four-nodes'
export const topologyNames: readonly TopologyName[] = Object.keys(sketches).filter(isTopologyName)

export function topologyCalled(name: TopologyName): Topology {
  return topologyOf(sketches[name])
}

export function aboutTopology(name: TopologyName): string {
  return sketches[name].about
}

export function isTopologyName(name: string): name is TopologyName {
  return Object.hasOwn(sketches, name)
}

export function parseTopologyName(name: string): TopologyName {
  if (isTopologyName(name)) return name
  throw new AntctlError('USAGE', `the lab has no topology ${JSON.stringify(name)}`, {
    remedy: topologyNames.map((known) => `${known.padEnd(15)} ${aboutTopology(known)}`),
  })
}

export const fourNodes = topologyCalled(defaultTopology)

export function nodeNamed({nodes}: Topology, name: string): LabNode {
  const node = nodes.find((candidate) => candidate.name === name)
  if (node !== undefined) return node
  throw new AntctlError('NODE_UNKNOWN', `the lab has no Node ${JSON.stringify(name)}`, {
    remedy: [`use one of ${nodes.map(({name: known}) => known).join(', ')}`],
  })
}
