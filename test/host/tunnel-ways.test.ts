import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {nextHops, routeLookup} from '../../src/datapath/host/neighbours.ts'
import {tunnelWays, wayArguments} from '../../src/datapath/host/tunnel-ways.ts'
import {observeTunnelWays, parseTunnelWays} from '../../src/datapath/machine/tunnel-ways.ts'
import {networkOf, parseInterfaceAddress, parseIp} from '../../src/model/address.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'

const wiringOf = (...addresses: readonly string[]) => ({
  transportDevice: 'br-phy',
  transport: addresses.map(parseInterfaceAddress),
})
const routerBehindMask: readonly KernelRoute[] = [
  {to: '172.30.1.1', dev: 'br-phy', scope: 'link'},
  {to: 'default', via: '172.30.1.1', dev: 'br-phy', onlink: true},
]
const ways = (peers: readonly string[], routes: readonly KernelRoute[], ...addresses: readonly string[]) => {
  const found = tunnelWays(peers.map(parseIp), routes, wiringOf(...addresses))
  return [
    ...found.ways.map((way) => wayArguments(way).join(' ')),
    ...found.unreachable.map(({ip, why}) => `${ip}: ${why}`),
  ]
}

test.each<readonly [string, readonly string[], readonly KernelRoute[], readonly string[]]>([
  [
    'a /32: each peer by the bits that it shares with this Node',
    ['172.30.1.11/32'],
    routerBehindMask,
    ['172.30.1.11/29 br-phy 172.30.1.1', '172.30.1.11/22 br-phy 172.30.1.1', '172.30.1.11/1 br-phy 172.30.1.1'],
  ],
  [
    'a /28 with its router: the rows of the kernel',
    ['172.30.1.11/28'],
    [{to: '172.30.1.0/28', dev: 'br-phy', protocol: 'kernel', scope: 'link'}, ...routerBehindMask.slice(1)],
    ['172.30.1.11/28 br-phy', '172.30.1.11/0 br-phy 172.30.1.1'],
  ],
  [
    'a /28 whose router is outside: the neighbour needs a row of its own',
    ['172.30.1.11/28'],
    [
      {to: '172.30.1.0/28', dev: 'br-phy', protocol: 'kernel', scope: 'link'},
      {to: '172.30.1.200', dev: 'br-phy', scope: 'link'},
      {to: 'default', via: '172.30.1.200', dev: 'br-phy', onlink: true},
    ],
    ['172.30.1.11/29 br-phy', '172.30.1.11/22 br-phy 172.30.1.200', '172.30.1.11/1 br-phy 172.30.1.200'],
  ],
  [
    'a /24 with a route to what no mask holds: peers go by the other routes',
    ['172.30.1.11/24'],
    [
      {to: '172.30.1.0/24', dev: 'br-phy', protocol: 'kernel', scope: 'link'},
      {to: '169.254.169.254', dev: 'br-phy', scope: 'link'},
      {to: 'default', via: '172.30.1.1', dev: 'br-phy'},
    ],
    ['172.30.1.11/24 br-phy', '172.30.1.11/0 br-phy 172.30.1.1'],
  ],
  [
    'no route, a route elsewhere and a forbidden one',
    ['172.30.1.11/32'],
    [
      {to: '172.30.1.0/24', dev: 'eth0', via: '172.31.1.1'},
      {to: '172.30.2.13', dev: '', type: 'blackhole'},
      ...routerBehindMask.slice(0, 1),
    ],
    [
      '172.30.1.12: its route leaves by eth0, tunnels by br-phy alone',
      '172.30.2.13: its route is blackhole',
      '192.0.2.7: this Node has no route to it',
    ],
  ],
])('%s', (_, addresses, routes, expected) => {
  expect(ways(['172.30.1.12', '172.30.2.13', '192.0.2.7'], routes, ...addresses)).toEqual(expected)
})

test('two routers where Open vSwitch can have one: the second is told', () => {
  const routes: readonly KernelRoute[] = [
    {to: '10.1.0.0/16', via: '172.30.1.1', dev: 'br-phy', onlink: true},
    {to: '10.2.0.0/16', via: '172.30.1.2', dev: 'br-phy', onlink: true},
  ]
  expect(ways(['10.1.0.5', '10.2.0.5'], routes, '172.30.1.11/32')).toEqual([
    '172.30.1.11/0 br-phy 172.30.1.1',
    '10.2.0.5: Open vSwitch takes one way for all of 0.0.0.0/0, and it is by 172.30.1.1',
  ])
})

test('a network that does not hold this Node: by its own name, with the source of the router', () => {
  const routes: readonly KernelRoute[] = [
    {to: '172.30.1.0/24', dev: 'br-phy', protocol: 'kernel', scope: 'link'},
    {to: '192.0.2.0/25', via: '10.9.0.1', dev: 'br-phy'},
    {to: '192.0.2.128/25', via: '172.30.1.1', dev: 'br-phy', metric: 20},
    {to: '192.0.2.128/25', via: '172.30.1.2', dev: 'br-phy', metric: 10},
  ]
  const peers = ['192.0.2.7', '192.0.2.8', '192.0.2.200'].map(parseIp)
  const {ways: found} = tunnelWays(peers, routes, wiringOf('172.30.1.11/24', '10.9.0.5/16'))
  expect(found.map((way) => [...wayArguments(way), way.src])).toEqual([
    ['192.0.2.0/25', 'br-phy', '10.9.0.1', '10.9.0.5'],
    ['192.0.2.128/25', 'br-phy', '172.30.1.2', '172.30.1.11'],
  ])
})

const octet = fc.integer({min: 1, max: 254})
const address = fc
  .tuple(fc.constantFrom('10.0.0', '10.0.1', '10.7.1', '192.0.2'), octet)
  .map((parts) => parts.join('.'))
const prefix = fc.constantFrom(8, 16, 22, 24, 28, 30, 32)
const someRoutes = fc.array(
  fc.record({
    to: address,
    prefix,
    via: fc.option(fc.constantFrom('10.0.0.1', '10.0.1.1', '10.7.1.1'), {nil: undefined}),
  }),
  {maxLength: 5},
)

describe('whatever masks and routes', () => {
  test('a tunnel leaves by the next hop that the kernel would take, or the peer is told', () => {
    fc.assert(
      fc.property(
        address,
        prefix,
        fc.uniqueArray(address, {minLength: 1, maxLength: 8}),
        someRoutes,
        (own, mask, ips, rows) => {
          const wiring = wiringOf(`${own}/${mask}`)
          const routes: readonly KernelRoute[] = rows.map((row) => ({
            to: networkOf(parseIp(row.to), row.prefix),
            dev: 'br-phy',
            ...(row.via !== undefined && {via: row.via}),
          }))
          const peers = ips.map(parseIp).filter((ip) => ip !== own)
          const found = tunnelWays(peers, routes, wiring)
          const told = new Set(found.unreachable.map(({ip}) => ip))
          const rowOf = routeLookup(found.ways)
          for (const ip of peers.filter((peer) => !told.has(peer))) {
            const way = rowOf(ip)
            expect(nextHops([ip], way === undefined ? [] : [way])).toEqual(nextHops([ip], routes))
          }
          expect(new Set(found.ways.map(({to}) => to)).size).toBe(found.ways.length)
        },
      ),
      {numRuns: 500},
    )
  })
})

test('rows as Open vSwitch 3.1 prints them: those that are put by hand on this bridge, but for its own address', () => {
  const text = [
    'Route Table:',
    'Cached: 172.30.1.10/32 dev br-phy SRC 172.30.1.10 local',
    'Cached: fe80::/64 dev br-phy SRC fe80::18c5:50ff:fef3:664a',
    'User: 172.30.1.10/31 dev br-phy GW 172.30.1.1 SRC 172.30.1.10',
    'User: 172.30.1.0/24 dev br-phy SRC 172.30.1.10',
    'User: 172.30.1.10/32 dev br-phy SRC 172.30.1.10',
    'User: 0.0.0.0/0 dev br-phy GW 172.30.1.9 SRC 172.30.1.10',
    'User: 10.9.0.0/16 MARK 7 dev br-phy SRC 10.9.0.1',
    'User: 10.9.0.0/16 dev br-phy SRC 172.30.1.10',
    'User: 10.9.0.0/16 dev br-other SRC 10.9.0.1',
    'User: fd00::/64 dev br-phy GW fd00::1 SRC fd00::10',
    '',
  ]
  expect(parseTunnelWays(text.join('\n'), 'br-phy').map((way) => `${way.to} ${way.via ?? ''} ${way.src}`)).toEqual([
    '172.30.1.10/31 172.30.1.1 172.30.1.10',
    '172.30.1.0/24  172.30.1.10',
    '0.0.0.0/0 172.30.1.9 172.30.1.10',
    '10.9.0.0/16  172.30.1.10',
    'fd00::/64 fd00::1 fd00::10',
  ])
})

test.each([
  ['takes in tunnels', 'genev_sys_6081 (4) ref_cnt=1', 'eth(dst=..),ipv4(dst=172.30.1.10,proto=17,frag=no)', 1],
  ['takes in none, though it has one', 'genev_sys_6081 (4) ref_cnt=1', 'ipv4(dst=10.244.1.1,proto=17,frag=no)', 0],
  ['has none', '', '', 1],
])('the rows of a bridge that %s', async (_, ports, ends, rows) => {
  const answers = new Map([
    ['ovs/route/show', 'Route Table:\nUser: 172.30.1.0/24 dev br-phy SRC 172.30.1.10\n'],
    ['tnl/ports/show', `Listening ports:\n${ports}\n`],
    ['tnl/ports/show -v', `Listening ports:\n${ends}\n`],
  ])
  const run = (command: string, args: readonly string[] = []) =>
    Promise.resolve(answers.get([command, ...args].join(' ')) ?? '')
  expect(await observeTunnelWays('br-phy', {run})).toHaveLength(rows)
})
