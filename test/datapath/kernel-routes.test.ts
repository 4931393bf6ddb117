import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import {rulesOf} from '../../src/datapath/host/peer-tables.ts'
import {startKernel, type TestKernel} from './kernel.ts'

let kernel: TestKernel
beforeAll(async () => {
  kernel = await startKernel('antctl-kr')
  await kernel.run('ip', 'link', 'add', 'eth1', 'type', 'bridge')
  await kernel.run('ip', 'link', 'set', 'eth1', 'up')
  await kernel.run('ip', 'address', 'add', '172.30.1.11/24', 'dev', 'eth1')
})
afterAll(() => kernel[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const protocol of ['165', 'static', 'dhcp', 'boot']) await kernel.run('ip', 'route', 'flush', 'proto', protocol)
})

const connected = '172.30.1.0/24 dev eth1 proto kernel scope link src 172.30.1.11'

describe('put', () => {
  test.each<readonly [KernelRoute, string]>([
    [
      {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'},
      '10.244.2.0/24 via 172.30.1.12 dev eth1 proto 165',
    ],
    [
      {to: '10.244.3.0/24', via: '10.244.3.1', dev: 'eth1', onlink: true, protocol: '165'},
      '10.244.3.0/24 via 10.244.3.1 dev eth1 proto 165 onlink',
    ],
    [{to: '10.1.2.3/32', dev: 'eth1', protocol: 'static', scope: 'link'}, '10.1.2.3 dev eth1 proto static scope link'],
    [
      {to: '10.2.0.0/16', via: '172.30.1.1', dev: 'eth1', protocol: 'dhcp', metric: 20, mtu: 1400, src: '172.30.1.11'},
      '10.2.0.0/16 via 172.30.1.1 dev eth1 proto dhcp src 172.30.1.11 metric 20 mtu 1400',
    ],
    [{to: '10.3.0.0/16', type: 'blackhole', dev: '', protocol: '165'}, 'blackhole 10.3.0.0/16 proto 165'],
    [{to: '0.0.0.0/0', via: '172.30.1.1', dev: 'eth1', protocol: 'boot'}, 'default via 172.30.1.1 dev eth1'],
  ])('%j', async (route, text) => {
    await kernel.ask('putRoutes', [route])
    expect(await printed()).toEqual([text])
    expect(await ours()).toEqual([route])
    await kernel.ask('removeRoutes', [route])
    await kernel.ask('removeRoutes', [route])
    expect(await printed()).toEqual([])
  })
})

test('a route is replaced, never doubled', async () => {
  await kernel.ask('putRoutes', [{to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'}])
  await kernel.ask('putRoutes', [{to: '10.244.2.0/24', via: '10.244.2.1', dev: 'eth1', onlink: true, protocol: '165'}])
  expect(await printed()).toEqual(['10.244.2.0/24 via 10.244.2.1 dev eth1 proto 165 onlink'])
})

test('removing ours leaves a foreign one to the same destination, and one of another device', async () => {
  await kernel.run('ip', 'route', 'add', '10.244.2.0/24', 'via', '172.30.1.99', 'metric', '50', 'proto', 'static')
  const route = {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'}
  await kernel.ask('putRoutes', [route])
  expect(await printed()).toHaveLength(2)
  await kernel.ask('removeRoutes', [route, {...route, dev: 'gone'}])
  expect(await printed()).toEqual(['10.244.2.0/24 via 172.30.1.99 dev eth1 proto static metric 50'])
  await kernel.run('ip', 'route', 'del', '10.244.2.0/24', 'proto', 'static')
})

describe("somebody else's route to the same destination with the same metric", () => {
  const theirs = '10.244.2.0/24 via 172.30.1.99 dev eth1 proto static'
  const direct = {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'}
  const tunnelled = {to: '10.244.2.0/24', via: '10.244.2.1', dev: 'eth1', onlink: true, protocol: '165'}
  const [directText, tunnelledText] = [
    '10.244.2.0/24 via 172.30.1.12 dev eth1 proto 165',
    '10.244.2.0/24 via 10.244.2.1 dev eth1 proto 165 onlink',
  ]
  const ip = (verb: string, route: string) => kernel.run('ip', 'route', verb, ...route.split(' '))

  test('stays behind ours, through a change, and counts again without ours', async () => {
    await ip('add', theirs)
    await kernel.ask('putRoutes', [direct])
    expect(await printed()).toEqual([directText, theirs])
    await kernel.ask('putRoutes', [tunnelled])
    expect(await printed()).toEqual([tunnelledText, theirs])
    await kernel.ask('removeRoutes', [tunnelled])
    expect(await printed()).toEqual([theirs])
  })

  test('gives way again when it was put before ours', async () => {
    await kernel.ask('putRoutes', [direct])
    await ip('prepend', theirs)
    await kernel.ask('putRoutes', [direct])
    expect(await printed()).toEqual([directText, theirs])
    await ip('prepend', theirs.replace('.99', '.98'))
    await kernel.ask('putRoutes', [tunnelled])
    expect(await printed()).toEqual([tunnelledText, theirs.replace('.99', '.98'), theirs])
  })

  test('an older one of ours that a crash left behind goes', async () => {
    await ip('add', directText)
    await ip('prepend', tunnelledText)
    await kernel.ask('putRoutes', [tunnelled])
    expect(await printed()).toEqual([tunnelledText])
    await ip('append', directText)
    await kernel.ask('putRoutes', [direct])
    expect(await printed()).toEqual([directText])
  })
})

test('several next hops, other tables and IPv6 do not confuse the reading', async () => {
  await kernel.run('ip', 'route', 'add', '10.6.0.0/16', 'nexthop', 'via', '172.30.1.1', 'nexthop', 'via', '172.30.1.2')
  await kernel.run('ip', 'route', 'add', '10.7.0.0/16', 'via', '172.30.1.1', 'table', '141')
  await kernel.run('ip', '-6', 'route', 'add', '2001:db8::/64', 'dev', 'eth1')
  expect(await ours()).toEqual([{to: '10.6.0.0/16', dev: '', protocol: 'boot'}])
  await kernel.run('ip', 'route', 'del', '10.6.0.0/16')
})

test('tables of the peers, and the rules that have them looked up', async () => {
  const rules = rulesOf('encap')
  const route = {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165', table: 166}
  const bent = {...route, via: '172.30.1.99', table: 167, onlink: true}
  const way = async () => (await kernel.run('ip', 'route', 'get', '10.244.2.9')).trim().split(' ').slice(0, 3).join(' ')
  await kernel.run('ip', 'route', 'add', '10.244.2.9', 'via', '172.30.1.7', 'proto', 'static')
  await kernel.ask('putRoutes', [route, bent])
  expect(await kernel.ask('observeAllRoutes')).toEqual(expect.arrayContaining([route, bent]))
  expect(await way()).toBe('10.244.2.9 via 172.30.1.7')
  await kernel.ask('putRules', rules.slice(2))
  expect(await way()).toBe('10.244.2.9 via 172.30.1.12')
  expect(await kernel.ask('askRoute', {to: '10.244.2.9'})).toMatchObject({route})
  expect(await kernel.ask('askRoute', {to: '172.30.1.11'})).not.toHaveProperty('route.table')
  await kernel.ask('putRules', rules)
  await kernel.ask('putRules', rules)
  expect(await way()).toBe('10.244.2.9 via 172.30.1.99')
  await kernel.run('ip', 'rule', 'add', 'fwmark', '7', 'lookup', '166', 'priority', '9')
  expect(await kernel.ask('observeRules')).toEqual(rules)
  expect((await kernel.run('ip', 'rule')).split('\n').map((line) => line.trim().replace(/\s+/gu, ' '))).toEqual(
    expect.arrayContaining(rules.map(({table, priority}) => `${priority}: from all lookup ${table} proto 165`)),
  )
  await kernel.ask('removeRules', rules.slice(0, 2))
  expect(await way()).toBe('10.244.2.9 via 172.30.1.12')
  await kernel.ask('removeRules', rules)
  await kernel.ask('removeRules', rules)
  expect(await kernel.ask('observeRules')).toEqual([])
  await kernel.ask('putRoutes', [{...route, via: '172.30.1.13'}])
  await kernel.ask('removeRoutes', [{...route, via: '172.30.1.13'}, bent])
  expect((await kernel.run('ip', 'route', 'show', 'table', 'all', 'proto', '165')).trim()).toBe('')
  await kernel.run('ip', 'rule', 'del', 'priority', '9')
})

test('5 000 routes', async () => {
  const many = Array.from({length: 5_000}, (_, index) => ({
    to: `100.${64 + Math.floor(index / 256)}.${index % 256}.0/24`,
    via: '172.30.1.12',
    dev: 'eth1',
    protocol: '165',
  }))
  await kernel.ask('putRoutes', many)
  expect(await ours()).toEqual(many)
  expect(await printed()).toEqual(many.map(({to, via, dev}) => `${to} via ${via} dev ${dev} proto 165`))
  await kernel.ask('removeRoutes', many)
  expect(await ours()).toEqual([])
})

test('only what leaves by one device', async () => {
  await kernel.run('ip', 'link', 'add', 'eth2', 'type', 'bridge')
  await kernel.run('ip', 'link', 'set', 'eth2', 'up')
  await kernel.run('ip', 'route', 'add', '10.8.0.0/16', 'dev', 'eth2', 'scope', 'link')
  expect(await kernel.ask('observeRoutes', 'eth2')).toEqual([
    {to: '10.8.0.0/16', dev: 'eth2', protocol: 'boot', scope: 'link'},
  ])
  await kernel.run('ip', 'link', 'del', 'eth2')
})

test.each<readonly [KernelRoute, string]>([
  [{to: '10.1.2.3/24', dev: 'eth1'}, 'Invalid prefix for given prefix length: invalid argument (EINVAL)'],
  [
    {to: '10.1.0.0/16', via: '9.9.9.9', dev: 'eth1'},
    'Nexthop has invalid gateway: network is unreachable (ENETUNREACH)',
  ],
  [{to: '10.1.0.0/16', via: '172.30.1.1', dev: 'nobody'}, 'this Node has no interface nobody'],
])('refused: %j', async (route, sentence) => {
  await expect(kernel.ask('putRoutes', [route])).rejects.toThrow(sentence)
})

test('one refused route does not keep the others back', async () => {
  const good = {to: '10.244.2.0/24', via: '172.30.1.12', dev: 'eth1', protocol: '165'}
  await expect(kernel.ask('putRoutes', [{...good, via: '9.9.9.9'}, good])).rejects.toThrow('via 9.9.9.9 dev eth1')
  expect(await ours()).toEqual([good])
})

test('a neighbour is asked for without a datagram, a silent one is no error', async () => {
  const pod = await kernel.pod('peer')
  await kernel.run('ip', 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'antctl-kr-peer')
  await kernel.run('ip', 'address', 'add', '192.168.9.1/24', 'dev', 'cable')
  await kernel.run('ip', 'link', 'set', 'cable', 'up')
  await pod.run('ip', 'address', 'add', '192.168.9.2/24', 'dev', 'eth0')
  await pod.run('ip', 'link', 'set', 'eth0', 'address', '0a:58:c0:a8:09:02', 'up')
  const hops = [
    {ip: '192.168.9.2', dev: 'cable'},
    {ip: '192.168.9.77', dev: 'cable'},
    {ip: '192.168.9.2', dev: 'nobody'},
  ]
  const known = await kernel.ask('warmNeighbours', hops)
  expect(known).toMatchObject({'cable 192.168.9.2': '0a:58:c0:a8:09:02'})
  expect(known).not.toHaveProperty('cable 192.168.9.77')
  expect(await kernel.ask('observeNeighbours')).toMatchObject({'cable 192.168.9.2': '0a:58:c0:a8:09:02'})
})

/** What ip(8) prints, without the route of the own subnet; every route of a bridge without ports is "linkdown". */
async function printed(): Promise<readonly string[]> {
  const lines = (await kernel.run('ip', 'route', 'show')).replaceAll(' linkdown', '').split('\n')
  return lines.map((line) => line.trim()).filter((line) => line !== '' && line !== connected)
}

async function ours(): Promise<unknown> {
  const routes = await kernel.ask('observeRoutes')
  return Array.isArray(routes) ? routes.filter((route: KernelRoute) => route.to !== '172.30.1.0/24') : routes
}
