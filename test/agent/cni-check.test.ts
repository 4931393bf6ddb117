import {expect, test} from 'vitest'
import {compare} from '../../src/agent/cni/check.ts'
import {parseInterfaceAddress, parseIp, parseMac} from '../../src/model/address.ts'

const pod = {interfaceName: 'web-1-abcdef', ips: [parseIp('10.244.1.7')], mac: parseMac('0a:58:0a:f4:01:07')}
const result = {
  interfaces: [{name: 'web-1-abcdef'}, {name: 'eth0', mac: '0a:58:0a:f4:01:07', sandbox: '/var/run/netns/a'}],
  ips: [{address: '10.244.1.7/24', interface: 1}],
  routes: [{dst: '0.0.0.0/0'}],
}
const end = {
  mac: pod.mac,
  mtu: 1450,
  up: true,
  addresses: [parseInterfaceAddress('10.244.1.7/24'), parseInterfaceAddress('2001:db8::1/64')],
  routes: [
    {to: '0.0.0.0/0', dev: 'eth0'},
    {to: '10.244.1.0/24', dev: 'eth0'},
  ],
  peer: 'web-1-abcdef',
}

test('all as the ADD left it', () => {
  expect(compare(result, {ifName: 'eth0'}, pod, end)).toBeUndefined()
})

test('what plugins after ours added is theirs', () => {
  const more = {
    interfaces: [...result.interfaces, {name: 'ifb1'}, {name: 'tun0', mac: '02:00:00:00:00:01', sandbox: '/x'}],
    ips: [...result.ips, {address: '192.0.2.1/32', interface: 3}],
    routes: null,
  }
  expect(compare(more, {ifName: 'eth0'}, pod, end)).toBeUndefined()
})

test.each([
  ['no interface', result, undefined, 'the container has no interface eth0'],
  ['down', result, {...end, up: false}, 'eth0 of the container is down'],
  [
    'another MAC',
    result,
    {...end, mac: parseMac('02:00:00:00:00:01')},
    'eth0 has the MAC address 02:00:00:00:00:01 instead of 0a:58:0a:f4:01:07',
  ],
  ['no address', result, {...end, addresses: []}, 'eth0 has lost its address 10.244.1.7/24'],
  [
    'another prefix',
    result,
    {...end, addresses: [parseInterfaceAddress('10.244.1.7/32')]},
    'eth0 has lost its address 10.244.1.7/24',
  ],
  ['no route', result, {...end, routes: end.routes.slice(1)}, 'the container has lost its route to 0.0.0.0/0'],
  ['an empty result', {...result, interfaces: []}, end, 'prevResult names no interface eth0 in the container'],
  ['a result without addresses', {...result, ips: []}, end, 'prevResult has no address for eth0'],
  [
    'a result of another host end',
    {...result, interfaces: [{name: 'other'}, ...result.interfaces.slice(1)]},
    end,
    'prevResult does not name web-1-abcdef, which the container is wired by',
  ],
  [
    "another Pod's address",
    {...result, ips: [{address: '10.244.1.8/24', interface: 1}]},
    {...end, addresses: [parseInterfaceAddress('10.244.1.8/24')]},
    'the address 10.244.1.8/24 is not reserved for this container',
  ],
])('%s is a fault', (_, prevResult, found, sentence) => {
  expect(compare(prevResult, {ifName: 'eth0'}, pod, found)).toBe(sentence)
})
