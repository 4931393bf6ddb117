import {join} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {parseLink} from '../lab/links.ts'
import {lockLab} from '../lab/lock.ts'
import {cablesOf, nodeSetup, routerSetup} from '../lab/network.ts'
import {cutRules, healRules} from '../lab/wire-rules.ts'
import {fourNodes, parseTopologyName, type TopologyName, topologyCalled, topologyNames} from '../lab/topologies.ts'
import {type Topology, topologyOf} from '../lab/topology.ts'

test('four Nodes get the addresses that manifests and tests name', () => {
  expect(
    fourNodes.nodes.map(({name, subnet, management, transport, podCidr}) =>
      [name, subnet, management.ip, transport.ip, podCidr].join(' '),
    ),
  ).toEqual([
    'n1 A 172.31.1.11 172.30.1.11 10.244.1.0/24',
    'n2 A 172.31.1.12 172.30.1.12 10.244.2.0/24',
    'n3 B 172.31.2.13 172.30.2.13 10.244.3.0/24',
    'n4 B 172.31.2.14 172.30.2.14 10.244.4.0/24',
  ])
  expect(fourNodes.apiServer).toBe('172.31.1.1')
  expect(fourNodes.outside).toEqual({ip: '203.0.113.10', router: '203.0.113.1', prefix: 24})
})

test('a Node leaves by its management router, and by its transport router to other transport networks', () => {
  const [n1] = fourNodes.nodes
  expect(n1 && nodeSetup(n1, fourNodes).ip).toEqual([
    'link set lo up',
    'address add 172.31.1.11/24 dev eth0',
    'link set eth0 up',
    'address add 172.30.1.11/24 dev eth1',
    'link set eth1 up',
    'route add default via 172.31.1.1',
    'route add 172.30.2.0/24 via 172.30.1.1',
  ])
})

test('the router knows every segment and no Pod network', () => {
  const {ip} = routerSetup(fourNodes, 7)
  expect(ip.filter((line) => line.startsWith('address'))).toEqual([
    'address add 172.31.1.1/24 dev management-A',
    'address add 172.30.1.1/24 dev transport-A',
    'address add 172.31.2.1/24 dev management-B',
    'address add 172.30.2.1/24 dev transport-B',
    'address add 203.0.113.1/24 dev outside',
  ])
  expect(ip.join('\n')).not.toContain('10.244')
})

const topologies = topologyNames.map((name): [TopologyName, Topology] => [name, topologyCalled(name)])

test.each(topologies)('%s: names fit into IFNAMSIZ, and no address is given twice', (_, topology) => {
  const {nodes, segments} = topology
  const names = nodes.flatMap((node) => cablesOf(node, 1, topology).ip.map((line) => line.split(' ')[2] ?? ''))
  expect([...names, ...segments.map(({bridge}) => bridge)].filter((name) => name.length > 15)).toEqual([])
  const addresses = [
    ...segments.map(({router}) => router),
    ...nodes.flatMap(({management, transport}) => [management.ip, transport.ip]),
  ]
  expect(new Set(addresses).size).toBe(addresses.length)
})

test.each(topologies)("%s: the lab's manifest finds the API server", (_, topology) => {
  expect(topology.apiServer).toBe('172.31.1.1')
})

const own = (name: TopologyName): readonly (readonly string[])[] => {
  const topology = topologyCalled(name)
  return topology.nodes.map((node) => nodeSetup(node, topology).ip.filter((line) => line.includes('172.30.')))
}

test('a /32 reaches its router by the wire, and everybody else by the router', () => {
  expect(own('host-masks')[1]).toEqual([
    'address add 172.30.1.12/32 dev eth1',
    'route add 172.30.1.1 dev eth1 scope link',
    'route add 172.30.1.0/24 via 172.30.1.1',
  ])
})

test('unequal masks: one Node sends straight, the other by the router', () => {
  expect(own('unequal-masks')).toEqual([
    ['address add 172.30.1.11/24 dev eth1'],
    [
      'address add 172.30.1.200/28 dev eth1',
      'route add 172.30.1.1 dev eth1 scope link',
      'route add 172.30.1.0/24 via 172.30.1.1',
    ],
  ])
})

test('three subnets: a Node knows the way to both others', () => {
  expect(own('three-subnets')[0]).toEqual([
    'address add 172.30.1.11/24 dev eth1',
    'route add 172.30.2.0/24 via 172.30.1.1',
    'route add 172.30.3.0/24 via 172.30.1.1',
  ])
})

test('a fabric that knows Pods has a route to each podCIDR', () => {
  const {ip} = routerSetup(topologyCalled('fabric-routes'), 7)
  expect(ip.filter((line) => line.includes('10.244'))).toEqual([
    'route add 10.244.1.0/24 via 172.30.1.11',
    'route add 10.244.2.0/24 via 172.30.1.12',
    'route add 10.244.3.0/24 via 172.30.2.13',
    'route add 10.244.4.0/24 via 172.30.2.14',
  ])
})

test.each([
  ['mtu-1400', 1400],
  ['mtu-9000', 9000],
] as const)('%s: every part of the transport wire carries as much, the management wire is as usual', (name, mtu) => {
  const topology = topologyCalled(name)
  const [node] = topology.nodes
  const lines = [...routerSetup(topology, 7).ip, ...(node === undefined ? [] : cablesOf(node, 9, topology).ip)]
  expect(lines.filter((line) => line.startsWith('link add') && !line.startsWith('link add outside'))).toEqual([
    'link add management-A type bridge forward_delay 0 stp_state 0',
    `link add transport-A mtu ${mtu} type bridge forward_delay 0 stp_state 0`,
    'link add n1-eth0 type veth peer name eth0 netns 9',
    `link add n1-eth1 mtu ${mtu} type veth peer name eth1 mtu ${mtu} netns 9`,
  ])
})

test('a wire that checks addresses lets a Node send only its own, and to no Pod', () => {
  const rules = routerSetup(topologyCalled('address-check'), 7).nft?.filter((line) => line.includes('n1-eth1'))
  expect(rules).toEqual([
    'iifname "n1-eth1" ip saddr != 172.30.1.11 counter drop',
    'iifname "n1-eth1" ip daddr 10.244.0.0/16 counter drop',
  ])
  expect(routerSetup(fourNodes, 7).nft).toBeUndefined()
})

test('a cut between two Nodes is one table, in whichever order they are named, and healing removes it', () => {
  const [n1, , n3] = fourNodes.nodes
  if (n1 === undefined || n3 === undefined) throw new Error('two Nodes are needed')
  expect(cutRules(n1, n3).filter((line) => line.includes('iifname'))).toEqual([
    'iifname "n1-eth1" ip daddr { 172.30.2.13, 10.244.3.0/24 } counter drop',
    'iifname "n3-eth1" ip daddr { 172.30.1.11, 10.244.1.0/24 } counter drop',
  ])
  expect(cutRules(n3, n1).slice(0, 2)).toEqual(healRules(n1, n3))
})

test.each([
  ['n1', ['n1']],
  ['n1:n3', ['n1', 'n3']],
] as const)('the link %s', (text, nodes) => {
  expect(parseLink(text, fourNodes).map(({name}) => name)).toEqual(nodes)
})

test.each(['', 'n9', 'n1:', 'n1:n1', 'n1:n9', 'n1:n2:n3', ':n1', 'N1'])('%j is no link', (text) => {
  expect(() => parseLink(text, fourNodes)).toThrow(/no link|no Node/u)
})

test.each(['', 'four', 'toString', 'FOUR-NODES'])('%j is no topology', (name) => {
  expect(() => parseTopologyName(name)).toThrow('the lab has no topology')
})

test('a Node in a subnet that does not exist is refused', () => {
  const subnets = {A: {management: '172.31.1.0/24', transport: '172.30.1.0/24'}}
  expect(() => topologyOf({about: '', subnets, nodes: {n1: {subnet: 'C'}}})).toThrow(
    'Node n1 is in subnet C, which does not exist',
  )
})

test('a second command on the same lab is refused while the first is at work, and not after it', async () => {
  await using undo = new AsyncDisposableStack()
  const lock = undo.use(await lockLab())
  await expect(lockLab()).rejects.toThrow('another command is starting or ending the lab')
  await lock[Symbol.asyncDispose]()
  undo.use(await lockLab())
})

test('who reads no further than the first line ends the lab quietly, with 141', async () => {
  const child = execa(process.execPath, [join(import.meta.dirname, '..', 'lab', 'main.ts'), 'topologies'], {
    reject: false,
    buffer: {stdout: false},
  })
  child.stdout.destroy()
  const {exitCode, stderr} = await child
  expect({exitCode, stderr}).toEqual({exitCode: 141, stderr: ''})
})
