import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {startKernel, type TestKernel} from './kernel.ts'

let kernel: TestKernel
beforeAll(async () => (kernel = await startKernel('antctl-kl')))
afterAll(() => kernel[Symbol.asyncDispose]())

const ipRows = v.array(
  v.object({
    ifname: v.string(),
    flags: v.array(v.string()),
    mtu: v.number(),
    address: v.string(),
    link_type: v.string(),
    addr_info: v.array(v.object({local: v.string(), prefixlen: v.number(), scope: v.string()})),
  }),
)

test('200 links with their addresses are what ip(8) says', async () => {
  const pairs = Array.from({length: 100}, (_, index) => index)
  for (const index of pairs)
    await kernel.run('ip', 'link', 'add', `a${index}`, 'type', 'veth', 'peer', 'name', `b${index}`)
  await kernel.run('ip', 'link', 'set', 'a1', 'mtu', '1400', 'up')
  await kernel.run('ip', 'address', 'add', '172.30.1.11/24', 'dev', 'a1')
  await kernel.run('ip', 'address', 'add', '172.30.1.12/24', 'dev', 'a1')
  await kernel.run('ip', 'address', 'add', '10.9.0.1', 'peer', '10.9.0.2/32', 'dev', 'a2')
  await kernel.run('ip', 'address', 'add', '2001:db8::1:0:0:5/64', 'dev', 'a2', 'nodad')
  const rows = v.parse(ipRows, JSON.parse(await kernel.run('ip', '-j', 'address', 'show')))
  const expected = rows.map(({ifname, flags, mtu, address, link_type, addr_info}) => ({
    name: ifname,
    ...(link_type === 'ether' && {mac: address}),
    mtu,
    up: flags.includes('UP'),
    addresses: addr_info
      .filter(({scope}) => scope === 'global')
      .map(({local, prefixlen}) => ({ip: local, prefix: prefixlen})),
  }))
  expect(await kernel.ask('observeLinks')).toEqual(expected)
  expect(expected).toHaveLength(201)
})

const gateway = {name: 'a5', mtu: 1450, up: true, addresses: [{ip: '10.244.1.1', prefix: 24}]}

test('MTU, address and up are put, twice the same is no error', async () => {
  for (let time = 1; time <= 2; time++) {
    await kernel.ask('putLinks', [gateway])
  }
  expect(await kernel.ask('observeLink', 'a5')).toMatchObject(gateway)
  await kernel.ask('putLinks', [{...gateway, up: false}])
  expect(await kernel.ask('observeLink', 'a5')).toMatchObject({...gateway, up: false})
})

test('a link goes with its other end; one that is gone already is no error', async () => {
  await kernel.ask('removeLink', 'a9')
  await kernel.ask('removeLink', 'a9')
  const names = v.parse(v.array(v.looseObject({name: v.string()})), await kernel.ask('observeLinks'))
  expect(names.filter(({name}) => name === 'a9' || name === 'b9')).toEqual([])
})

test.each([
  ['putLinks', [[{...gateway, name: 'nobody'}]], 'this Node has no interface nobody'],
  [
    'putLinks',
    [[{...gateway, mtu: 70000}]],
    'link a5 mtu 70000: mtu greater than device maximum: invalid argument (EINVAL)',
  ],
  [
    'putLinks',
    [[{...gateway, addresses: [{ip: '10.1.0.1', prefix: 33}]}]],
    /^address 10\.1\.0\.1\/33 on a5: .*\(EINVAL\)$/u,
  ],
  ['observeLink', ['nobody'], 'this Node has no interface nobody'],
] as const)('%s %j: %s', async (call, args, sentence) => {
  await expect(kernel.ask(call, ...args)).rejects.toThrow(sentence)
})

test('addresses and routes move to another device and back', async () => {
  await kernel.run('ip', 'link', 'add', 'nic', 'type', 'veth', 'peer', 'name', 'cable')
  await kernel.run('ip', 'link', 'add', 'bridge', 'type', 'bridge')
  for (const name of ['nic', 'cable']) await kernel.run('ip', 'link', 'set', name, 'up')
  await kernel.run('ip', 'address', 'add', '192.168.7.11/24', 'dev', 'nic')
  await kernel.run('ip', 'route', 'add', '192.168.8.0/24', 'via', '192.168.7.1', 'dev', 'nic', 'metric', '20')
  await kernel.ask('moveAddresses', {from: 'nic', to: 'bridge'})
  expect(await routesOf('bridge')).toEqual([
    '192.168.7.0/24 proto kernel scope link src 192.168.7.11',
    '192.168.8.0/24 via 192.168.7.1 metric 20',
  ])
  expect(await routesOf('nic')).toEqual([])
  await kernel.ask('moveAddresses', {from: 'bridge', to: 'nic'})
  expect(await routesOf('nic')).toEqual([
    '192.168.7.0/24 proto kernel scope link src 192.168.7.11',
    '192.168.8.0/24 via 192.168.7.1 metric 20',
  ])
})

async function routesOf(dev: string): Promise<readonly string[]> {
  const text = await kernel.run('ip', 'route', 'show', 'dev', dev)
  return text
    .replaceAll(' linkdown', '')
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}
