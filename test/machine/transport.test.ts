import {expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {Link} from '../../src/datapath/machine/links.ts'
import {describeRoute} from '../../src/datapath/machine/routes.ts'
import {type MoveStep, movesOf} from '../../src/datapath/machine/transport.ts'

const address = {ip: parseIp('172.30.1.11'), prefix: 24}
const nic: Link = {name: 'eth1', mac: undefined, mtu: 1500, up: true, addresses: [address]}
const bridge: Link = {name: 'br-phy', mac: undefined, mtu: 1500, up: false, addresses: []}
const routes = [
  {to: '172.30.1.0/24', dev: 'eth1', protocol: 'kernel', scope: 'link', src: '172.30.1.11'},
  {to: '172.30.2.0/24', dev: 'eth1', via: '172.30.1.1', metric: 20},
]

test('addresses and routes are at the new place before they leave the old one', () => {
  expect(lines(movesOf(nic, bridge, routes))).toEqual([
    'up br-phy',
    'add 172.30.1.11/24 br-phy',
    'remove 172.30.1.11/24 eth1',
    'route 172.30.2.0/24 via 172.30.1.1 dev br-phy metric 20',
  ])
})

test('a move that was cut off is finished', () => {
  expect(lines(movesOf(nic, {...bridge, up: true, addresses: [address]}, routes))).toEqual([
    'remove 172.30.1.11/24 eth1',
    'route 172.30.2.0/24 via 172.30.1.1 dev br-phy metric 20',
  ])
})

test('what was moved already needs nothing', () => {
  expect(lines(movesOf({...nic, addresses: []}, {...bridge, up: true, addresses: [address]}, []))).toEqual([])
})

test('a bridge that was made anew gets what its predecessor had', () => {
  expect(lines(movesOf(nic, {...bridge, up: true}, routes, {sourceHolds: false}))).toEqual([
    'add 172.30.1.11/24 br-phy',
    'route 172.30.2.0/24 via 172.30.1.1 dev br-phy metric 20',
  ])
})

test('the way to a router that the mask leaves out comes before what goes by it', () => {
  const ways = [
    {to: '172.30.1.0/24', dev: 'eth1', via: '172.30.1.1'},
    {to: '172.30.1.1/32', dev: 'eth1', scope: 'link'},
  ]
  expect(
    lines(movesOf({...nic, addresses: [{...address, prefix: 32}]}, {...bridge, up: true}, ways)).slice(-2),
  ).toEqual(['route 172.30.1.1/32 dev br-phy scope link', 'route 172.30.1.0/24 via 172.30.1.1 dev br-phy'])
})

function lines(steps: readonly MoveStep[]): readonly string[] {
  return steps.map((step) => {
    if (step.kind === 'up') return `up ${step.dev}`
    if (step.kind === 'route') return `route ${describeRoute(step.route)}`
    return `${step.kind} ${step.address.ip}/${step.address.prefix} ${step.dev}`
  })
}
