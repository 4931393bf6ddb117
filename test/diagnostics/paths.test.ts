import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {parseCidr, parseIp} from '../../src/model/address.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import {parseFlowLine} from '../../src/diagnostics/flows/rows.ts'
import {fabricWays} from '../../src/diagnostics/paths/fabric.ts'
import {nextStop} from '../../src/diagnostics/paths/next-stop.ts'
import {classifyPair} from '../../src/diagnostics/paths/pair.ts'
import {lookupRoute} from '../../src/diagnostics/paths/route-lookup.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import {agent, fourAgents} from './agents.ts'

const underlay = underlayOf(fourAgents)
const route = (text: string): KernelRoute => {
  const [to = '', ...words] = text.split(' ')
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
  const [via, metric, table] = [after('via'), after('metric'), after('table')]
  return {
    to,
    dev: after('dev') ?? '',
    ...(via !== undefined && {via}),
    ...(metric !== undefined && {metric: Number(metric)}),
    ...(words.includes('onlink') && {onlink: true}),
    ...(table !== undefined && {table: Number(table)}),
  }
}

describe('the route that the kernel takes', () => {
  const routes = [
    'default via 172.31.1.1 dev eth0',
    '10.244.0.0/16 via 172.30.1.1 dev br-phy',
    '10.244.2.0/24 via 172.30.1.12 dev br-phy metric 100',
    '10.244.2.0/24 via 172.30.1.99 dev br-phy metric 200',
    '10.244.2.7 dev veth7',
    'fd00::/8 dev eth9',
    'nonsense dev eth8',
    '10.244.5.0/24 via 172.30.1.15 dev br-phy table 166',
    '10.244.5.7 dev veth5',
  ].map(route)
  test.each([
    ['10.244.2.7', 'veth7'],
    ['10.244.2.8', '172.30.1.12'],
    ['10.244.9.9', '172.30.1.1'],
    ['8.8.8.8', '172.31.1.1'],
    ['fd00::1', 'eth9'],
    // Before the longest prefix of the main table.
    ['10.244.5.7', '172.30.1.15'],
  ])('to %s by %s', (ip, by) => {
    const found = lookupRoute(routes, parseIp(ip))
    expect(found?.via ?? found?.dev).toBe(by)
  })
  test('no route at all', () => {
    expect(lookupRoute([], parseIp('10.244.2.8'))).toBeUndefined()
    expect(lookupRoute(routes, parseIp('2001:db8::1'))).toBeUndefined()
  })
})

describe('where the kernel takes what the bridge handed to the gateway on n1', () => {
  test.each([
    ['10.244.2.0/24 via 172.30.1.12 dev br-phy', {to: 'node', node: 'n2'}],
    ['10.244.2.0/24 via 10.244.2.1 dev antrea-gw0 onlink', {to: 'bridge'}],
    ['10.244.0.0/16 via 172.30.1.1 dev br-phy', {to: 'fabric', via: '172.30.1.1'}],
  ])('%s', (text, expected) => {
    const destination = {ip: parseIp('10.244.2.5'), node: 'n2'}
    expect(nextStop({node: 'n1', destination, route: route(text), underlay})).toEqual(expected)
  })

  test.each([
    ['10.244.2.0/24 via 172.30.2.13 dev br-phy', /leads to n3, but 10\.244\.2\.5 is on n2/u],
    ['default via 172.31.1.1 dev eth0', /only the default route via 172\.31\.1\.1, which is no Node/u],
    ['10.244.2.0/24 dev eth1', /has no next hop/u],
  ])('%s leads nowhere', (text, why) => {
    const stop = nextStop({
      node: 'n1',
      destination: {ip: parseIp('10.244.2.5'), node: 'n2'},
      route: route(text),
      underlay,
    })
    expect(stop).toMatchObject({to: 'nowhere'})
    expect(stop.to === 'nowhere' && stop.why).toMatch(why)
  })

  test('a blackhole', () => {
    const destination = {ip: parseIp('10.244.2.5'), node: 'n2'}
    const stop = nextStop({node: 'n1', destination, route: {to: '10.244.2.0/25', dev: '', type: 'blackhole'}, underlay})
    expect(stop).toEqual({to: 'nowhere', why: 'the kernel of n1 holds a blackhole route to 10.244.2.0/25'})
  })

  test('no route, a route out although the Pod is here, and an address outside', () => {
    const here = {ip: parseIp('10.244.1.5'), node: 'n1'}
    const outside = {ip: parseIp('203.0.113.10')}
    expect(nextStop({node: 'n1', destination: here, route: undefined, underlay})).toMatchObject({
      why: 'the kernel of n1 has no route to 10.244.1.5',
    })
    expect(
      nextStop({node: 'n1', destination: here, route: route('default via 172.31.1.1 dev eth0'), underlay}),
    ).toMatchObject({to: 'nowhere'})
    expect(
      nextStop({node: 'n1', destination: outside, route: route('default via 172.31.1.1 dev eth0'), underlay}),
    ).toEqual({to: 'outside'})
  })
})

describe('how Pods of node1 reach another Node, from what upstream Antrea left in switch and kernel', () => {
  const recorded = underlayOf([
    agent(1, 1, {nodeRef: {name: 'node1'}}),
    agent(2, 1, {nodeRef: {name: 'node2'}}),
    agent(3, 2, {nodeRef: {name: 'node3'}}),
  ])
  test.each([
    ['encap', 2, 'tunnelled'],
    ['encap', 3, 'tunnelled'],
    ['hybrid', 2, 'routed'],
    ['hybrid', 3, 'tunnelled'],
    ['noEncap', 2, 'routed'],
    ['noEncap', 3, 'fabric'],
  ] as const)('%s to node%i: %s', (mode, peer, expected) => {
    const podCidr = parseCidr(`10.244.${peer}.0/24`)
    const path = classifyPair({
      from: 'node1',
      to: `node${peer}`,
      podCidr,
      flows: flowsOf(mode),
      routes: routesOf(mode),
      underlay: recorded,
    })
    expect(path.class).toBe(expected)
  })
})

function flowsOf(mode: string) {
  const rows = JSON.parse(readFileSync(new URL(`../fixtures/upstream/${mode}/ovsflows.json`, import.meta.url), 'utf8'))
  if (!Array.isArray(rows)) throw new Error('not a list')
  return rows.map(({flow}) => parseFlowLine(String(flow)))
}

function routesOf(mode: string) {
  const text = readFileSync(new URL(`../fixtures/upstream/${mode}/state.txt`, import.meta.url), 'utf8')
  const [, node1 = ''] = text.split(/^== node\d$/mu)
  return node1
    .split('\n')
    .filter((line) => /^(?:default|\d+\.\d+\.\d+\.\d+\/\d+) /u.test(line))
    .map(route)
}

describe('ways without a tunnel, as the kernel of n1 knows them', () => {
  const bridged = '10.244.3.0/24 via 10.244.3.1 dev antrea-gw0 onlink'
  const router = '172.30.2.0/24 via 172.30.1.1 dev br-phy'
  test.each([
    ['a route of its own to the Node', ['10.244.3.0/24 via 172.30.2.13 dev br-phy'], 'known', undefined],
    ['a route by the router', ['10.244.0.0/16 via 172.30.1.1 dev br-phy'], 'router', '172.30.1.1'],
    ['the default route, by the router of the Nodes', ['default via 172.30.1.1 dev br-phy'], 'router', '172.30.1.1'],
    ['the default route of another network', ['default via 172.31.1.1 dev eth0'], 'missing', undefined],
    ['a route to another Node', ['10.244.3.0/24 via 172.30.1.12 dev br-phy'], 'missing', undefined],
    ['a black hole', ['10.244.3.0/24 dev br-phy', 'default via 172.30.1.1 dev br-phy'], 'missing', undefined],
    ['nothing', [], 'missing', undefined],
  ] as const)('%s, beside the way into the tunnel', (_, lines, verdict, via) => {
    const routes = [bridged, router, ...lines].map(route)
    const way = fabricWays({from: 'n1', routes, underlay}).find(({to}) => to === 'n3')
    expect(way).toMatchObject({from: 'n1', to: 'n3', podCidr: '10.244.3.0/24', verdict, ...(via && {via})})
  })

  test('every other Node once', () => {
    expect(fabricWays({from: 'n1', routes: [], underlay}).map(({to}) => to)).toEqual(['n2', 'n3', 'n4'])
  })
})

describe('a pair of ours, flow by flow', () => {
  const tunnel =
    'table=L3Forwarding, priority=200,ip,nw_dst=10.244.3.0/24 actions=set_field:172.30.2.13->tun_dst,set_field:0x10/0xf0->reg0,goto_table:24'
  const gateway =
    'table=L3Forwarding, priority=200,ip,nw_dst=10.244.3.0/24 actions=set_field:0a:58:0a:f4:01:01->eth_dst,set_field:0x20/0xf0->reg0,goto_table:27'
  const fromGateway =
    'table=L3Forwarding, priority=201,ip,reg0=0x2/0xf,nw_dst=10.244.3.0/24 actions=set_field:172.30.2.13->tun_dst,set_field:0x10/0xf0->reg0,goto_table:24'
  const planted = 'table=L3Forwarding, priority=300,ip,nw_dst=10.244.3.0/24 actions=drop'
  const elsewhere = tunnel.replace('172.30.2.13', '172.30.2.14')
  const onlink = '10.244.3.0/24 via 10.244.3.1 dev antrea-gw0 onlink'
  const direct = '10.244.3.0/24 via 172.30.2.13 dev br-phy'
  test.each([
    [[tunnel, fromGateway], onlink, 'tunnelled', /sets tun_dst 172\.30\.2\.13, which is n3/u],
    [[gateway, fromGateway], direct, 'routed', /leads to n3/u],
    [[gateway, fromGateway], onlink, 'broken', /back into the bridge/u],
    [[gateway], 'default via 172.31.1.1 dev eth0', 'broken', /only the default route/u],
    [[gateway], 'default via 172.30.1.1 dev br-phy', 'fabric', /leaves it to 172\.30\.1\.1/u],
    [[fromGateway], onlink, 'broken', /has no flow to/u],
    [[tunnel, planted], onlink, 'broken', /priority 300 .* neither tunnels nor routes it: drop/u],
    [[elsewhere], onlink, 'broken', /which is n4, not n3/u],
    [[tunnel.replace('172.30.2.13', '10.9.9.9')], onlink, 'broken', /which is no Node, not n3/u],
  ])('case %#', (lines, kernel, expected, why) => {
    const flows = lines.map((line) => parseFlowLine(line))
    const path = classifyPair({
      from: 'n1',
      to: 'n3',
      podCidr: parseCidr('10.244.3.0/24'),
      flows,
      // The router takes what is for the Node itself: it may know its Pods as well.
      routes: [route(kernel), route('172.30.2.0/24 via 172.30.1.1 dev br-phy')],
      underlay,
    })
    expect(path.class).toBe(expected)
    expect(path.why).toMatch(why)
  })

  test('an agent that does not tell its routes leaves a routed pair unknown', () => {
    const flows = [parseFlowLine(gateway)]
    expect(
      classifyPair({from: 'n1', to: 'n3', podCidr: parseCidr('10.244.3.0/24'), flows, routes: undefined, underlay})
        .class,
    ).toBe('unknown')
  })
})

test('a flow line in parts', () => {
  const line =
    'cookie=0x1010000000000, duration=25.3s, table=21, n_packets=7, n_bytes=42, priority=200,ip,nw_dst=10.244.3.0/24 actions=set_field:0x10/0xf0->reg0,goto_table:24'
  expect(parseFlowLine(line, (id) => (id === 21 ? 'L3Forwarding' : undefined))).toEqual({
    table: 'L3Forwarding',
    priority: 200,
    match: 'ip,nw_dst=10.244.3.0/24',
    actions: 'set_field:0x10/0xf0->reg0,goto_table:24',
    cookie: '0x1010000000000',
    packets: 7,
    bytes: 42,
    flow: line,
  })
  expect(parseFlowLine('table=3 actions=drop')).toMatchObject({
    table: '3',
    priority: 32_768,
    match: '',
    actions: 'drop',
  })
})
