import {expect, test} from 'vitest'
import {type Ip, parseCidr, parseIp} from '../../src/model/address.ts'
import {nextAddress, ofportFor} from '../../src/agent/cni/addresses.ts'

const podCidr = parseCidr('10.244.1.0/29')

test('the network, the gateway and the broadcast address are never given', () => {
  const taken = new Set<Ip>()
  for (let i = 0; i < 5; i++) taken.add(nextAddress(podCidr, taken))
  expect([...taken]).toEqual(['10.244.1.2', '10.244.1.3', '10.244.1.4', '10.244.1.5', '10.244.1.6'])
  expect(() => nextAddress(podCidr, taken)).toThrow(expect.objectContaining({code: 'PODS_EXHAUSTED'}))
})

test('an address that was just freed rests until the round is over', () => {
  const last = parseIp('10.244.1.4')
  expect(nextAddress(podCidr, new Set(), last)).toBe('10.244.1.5')
  expect(nextAddress(podCidr, new Set([parseIp('10.244.1.5'), parseIp('10.244.1.6')]), last)).toBe('10.244.1.2')
})

const holding = (...numbers: readonly number[]) => ({
  all: () => numbers.map((ofport) => ({name: `p${ofport}`, uuid: '', type: '', ofport, externalIds: {}, options: {}})),
})

test.each([
  ['10.244.1.0/24', '10.244.1.7', [2, 3], 7],
  ['10.244.0.0/16', '10.244.1.7', [7], 263],
  ['10.244.1.0/24', '10.244.1.7', [7], undefined],
  // From there on are br-int's own ports.
  ['10.0.0.0/8', '10.0.127.255', [], 32_767],
  ['10.0.0.0/8', '10.0.128.0', [], undefined],
])('in %s the port of %s, beside %j, asks for the number %s', (cidr, ip, taken, wanted) => {
  expect(ofportFor(parseIp(ip), parseCidr(cidr), holding(...taken))).toBe(wanted)
})
