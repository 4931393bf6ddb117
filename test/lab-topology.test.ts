import {expect, test} from 'vitest'
import {cablesOf, nodeSetup, routerSetup} from '../lab/network.ts'
import {fourNodes, topologyOf} from '../lab/topology.ts'

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

test('interface names fit into IFNAMSIZ', () => {
  const names = fourNodes.nodes.flatMap((node) => cablesOf(node, 1).ip.map((line) => line.split(' ')[2] ?? ''))
  expect([...names, ...fourNodes.segments.map(({bridge}) => bridge)].filter((name) => name.length > 15)).toEqual([])
})

test('a Node in a subnet that does not exist is refused', () => {
  const outside = {network: '203.0.113.0/24', host: 10}
  const subnets = {A: {management: '172.31.1.0/24', transport: '172.30.1.0/24'}}
  const sketch = {subnets, nodes: {n1: 'C'}, outside, podNetwork: '10.244.0.0/16', serviceNetwork: '10.96.0.0/16'}
  expect(() => topologyOf(sketch)).toThrow('Node n1 is in subnet C, which does not exist')
})
