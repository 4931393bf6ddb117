import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseInterfaceAddress} from '../../src/model/address.ts'
import {decideSubnet, subnetTroubles} from '../../src/model/subnet.ts'

test.each([
  ['172.30.1.11/24', '172.30.1.12/24', true, undefined],
  ['172.30.1.11/24', '172.30.2.12/24', false, undefined],
  ['172.30.1.11/32', '172.30.1.12/32', false, 'host-mask'],
  ['172.30.1.11/24', '172.30.1.12/32', true, 'one-way'],
  ['172.30.1.11/32', '172.30.1.12/24', false, 'one-way'],
  ['172.30.1.11/32', '172.30.2.12/24', false, 'host-mask'],
  ['10.0.0.5/16', '10.0.1.5/24', true, 'one-way'],
  ['10.0.1.5/24', '10.0.0.5/16', false, 'one-way'],
  ['10.0.1.5/24', '10.0.1.6/16', true, 'unequal-masks'],
  ['10.0.1.5/24', '10.9.1.6/16', false, 'unequal-masks'],
  ['2001:db8::1/64', '2001:db8::2/64', true, undefined],
  ['2001:db8::1/128', '2001:db8::2/128', false, 'host-mask'],
] as const)('%s sends to %s directly: %s (%s)', (own, peer, sameSubnet, trouble) => {
  const decided = decideSubnet(parseInterfaceAddress(own), parseInterfaceAddress(peer))
  expect(decided).toEqual({sameSubnet, ...(trouble !== undefined && {trouble})})
})

const nodes = (...addresses: readonly string[]) =>
  addresses.map((address, at) => ({name: `n${at + 1}`, transport: address.split(' ').map(parseInterfaceAddress)}))
const sentences = (...addresses: readonly string[]) => subnetTroubles(nodes(...addresses)).map(({sentence}) => sentence)

test('of all Nodes together', () => {
  expect(sentences('172.30.1.1/24', '172.30.2.2/24')).toEqual([])
  expect(sentences('172.30.1.1/24', '172.31.2.2/16')).toEqual(['the masks of the Nodes differ: /16 n2; /24 n1'])
  expect(sentences('172.30.1.1/24', '172.30.2.2/16')).toEqual([
    'n2 (/16) takes n1 for its neighbour, n1 (/24) does not take n2 for one',
  ])
  expect(sentences('172.30.1.1/24 2001:db8::1/64', '172.30.1.2/24 2001:db8::2/128')).toEqual([
    'n2 with the mask /128: every peer is in another subnet',
    'n1 (/64) takes n2 for its neighbour, n2 (/128) does not take n1 for one',
  ])
})

test('a thousand Nodes with /32 are one line', () => {
  const all = Array.from({length: 1_000}, (_, at) => `10.0.${at >> 8}.${at & 255}/32`)
  expect(sentences(...all)).toEqual(['n1, n2, n3 and 997 more with the mask /32: every peer is in another subnet'])
})

test('a pair is told exactly when its two directions or masks differ', () => {
  const address = fc.tuple(fc.nat({max: 0xffff}), fc.integer({min: 14, max: 32}))
  fc.assert(
    fc.property(address, address, ([a, prefixA], [b, prefixB]) => {
      const own = parseInterfaceAddress(`10.1.${a >> 8}.${a & 255}/${prefixA}`)
      const peer = parseInterfaceAddress(`10.1.${b >> 8}.${b & 255}/${prefixB}`)
      const [there, back] = [decideSubnet(own, peer), decideSubnet(peer, own)]
      expect(there.trouble).toBe(back.trouble)
      expect(there.trouble === 'one-way').toBe(there.sameSubnet !== back.sameSubnet)
      if (there.trouble === undefined) expect(own.prefix).toBe(peer.prefix)
    }),
  )
})
