import fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  addressAt,
  contains,
  gatewayOf,
  macFor,
  networkOf,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
  parseMac,
  sizeOf,
  toBigInt,
} from '../../src/model/address.ts'

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['::ffff:10.0.0.1', '::ffff:a00:1'],
])('%s is read as %s', (text, ip) => {
  expect(parseIp(text)).toBe(ip)
})

test.each(['', '10.0.0', '10.0.0.256', '010.0.0.1', 'fe80::1%eth0', '1:2', ' 10.0.0.1', '10.0.0.1/24', '\u001b[31m'])(
  '%j is refused as an address',
  (text) => {
    expect(() => parseIp(text)).toThrow(/is not an IP address/u)
  },
)

test.each([
  ['10.244.1.7/24', '10.244.1.0/24'],
  ['172.30.1.11/32', '172.30.1.11/32'],
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['2001:db8::7/64', '2001:db8::/64'],
])('%s is in the network %s', (text, cidr) => {
  expect(parseCidr(text)).toBe(cidr)
})

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/-1', '10.0.0.0/024/'])(
  '%j is refused as a network',
  (text) => {
    expect(() => parseCidr(text)).toThrow(/CIDR|IP address/u)
  },
)

test.each([
  ['172.30.1.0/24', '172.30.1.255', true],
  ['172.30.1.0/24', '172.30.2.0', false],
  ['172.30.1.11/32', '172.30.1.12', false],
  ['0.0.0.0/0', '203.0.113.10', true],
  ['2001:db8::/64', '2001:db8::ffff', true],
  ['0.0.0.0/0', '::1', false],
])('%s contains %s: %s', (cidr, ip, expected) => {
  expect(contains(parseCidr(cidr), parseIp(ip))).toBe(expected)
})

test('an interface address keeps its host bits', () => {
  expect(parseInterfaceAddress('172.30.1.11/24')).toEqual({ip: '172.30.1.11', prefix: 24})
})

test('the gateway is the first host, and its MAC is derived from its address', () => {
  const gateway = gatewayOf(parseCidr('10.244.3.0/24'))
  expect([gateway, macFor(gateway)]).toEqual(['10.244.3.1', '0a:58:0a:f4:03:01'])
})

test('a MAC is read whatever its case', () => {
  expect(parseMac('AA:BB:CC:DD:EE:FF')).toBe('aa:bb:cc:dd:ee:ff')
  expect(() => parseMac('aa:bb:cc:dd:ee')).toThrow(/is not a MAC/u)
})

test('an address past the end of its network is refused', () => {
  expect(() => addressAt(parseCidr('10.0.0.0/30'), 4)).toThrow(/has no address number 4/u)
})

test('every address is in its own network, at its own place', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(), (text, bits) => {
      const ip = parseIp(text)
      const prefix = bits % (ip.includes(':') ? 129 : 33)
      const network = networkOf(ip, prefix)
      expect(contains(network, ip)).toBe(true)
      const place = toBigInt(ip) - toBigInt(addressAt(network, 0))
      expect(place >= 0n && place < sizeOf(network)).toBe(true)
    }),
  )
})
