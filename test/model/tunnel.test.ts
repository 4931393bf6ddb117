import fc from 'fast-check'
import {expect, test} from 'vitest'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'
import {
  headroom,
  isTunnelType,
  leastMtu,
  podMtu,
  tunnelPortOf,
  tunnelTypeNames,
  type TunnelType,
} from '../../src/model/tunnel.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'

type Case = readonly [TrafficMode, TunnelType, 'IPv4' | 'IPv6' | 'both', 'plain' | 'csum', number]

/** An interface of 1500 bytes. Those of upstream's own examples are marked. */
test.each<Case>([
  ['encap', 'geneve', 'IPv4', 'plain', 1450], // upstream
  ['encap', 'geneve', 'IPv4', 'csum', 1450],
  ['encap', 'geneve', 'IPv6', 'plain', 1430], // upstream
  ['encap', 'geneve', 'both', 'plain', 1430], // upstream
  ['encap', 'vxlan', 'IPv4', 'plain', 1450], // upstream
  ['encap', 'vxlan', 'IPv4', 'csum', 1450],
  ['encap', 'vxlan', 'IPv6', 'plain', 1430],
  ['encap', 'gre', 'IPv4', 'plain', 1458], // upstream
  ['encap', 'gre', 'IPv4', 'csum', 1454], // upstream forgets the checksum's 4 bytes
  ['encap', 'gre', 'IPv6', 'plain', 1438],
  ['encap', 'gre', 'IPv6', 'csum', 1434],
  ['hybrid', 'geneve', 'IPv4', 'plain', 1450], // upstream
  ['hybrid', 'vxlan', 'IPv6', 'plain', 1430],
  ['hybrid', 'gre', 'IPv4', 'plain', 1458],
  ['noEncap', 'geneve', 'IPv4', 'plain', 1500], // upstream
  ['noEncap', 'gre', 'IPv6', 'csum', 1500],
])('%s, %s over %s, %s: Pods may send %i', (mode, tunnelType, underlay, checksum, expected) => {
  const outer = underlay === 'IPv4' ? ([4] as const) : underlay === 'IPv6' ? ([6] as const) : ([4, 6] as const)
  const outside = {mode, tunnelType, tunnelCsum: checksum === 'csum', outer}
  expect(podMtu(outside, {mtu: 1500, defaultMTU: 0})).toBe(expected)
})

test('defaultMTU goes before what the interface leaves', () => {
  const outside = {mode: 'encap', tunnelType: 'geneve', tunnelCsum: false, outer: [4]} as const
  expect(podMtu(outside, {mtu: 9000, defaultMTU: 1400})).toBe(1400)
  expect(podMtu(outside, {mtu: 9000, defaultMTU: 0})).toBe(8950)
})

test('no combination takes less than its headers, or differs between encap and hybrid', () => {
  const outside = fc.record({
    tunnelType: fc.constantFrom(...tunnelTypeNames),
    tunnelCsum: fc.boolean(),
    outer: fc.subarray<4 | 6>([4, 6], {minLength: 1}),
  })
  fc.assert(
    fc.property(outside, fc.constantFrom(...trafficModeNames), (outside, mode) => {
      const room = headroom({...outside, mode})
      expect(room).toBeGreaterThanOrEqual(mode === 'noEncap' ? 0 : 42)
      expect(headroom({...outside, mode: 'hybrid'})).toBe(headroom({...outside, mode: 'encap'}))
      expect(room).toBeLessThanOrEqual(70)
    }),
  )
})

test.each([
  ['geneve', 0, 6081],
  ['geneve', 6082, 6082],
  ['vxlan', 0, 4789],
  ['vxlan', 8472, 8472],
  ['gre', 0, undefined],
  ['gre', 4789, undefined],
] as const)('%s with tunnelPort %i sends to %s', (tunnelType, tunnelPort, port) => {
  expect(tunnelPortOf(tunnelType, tunnelPort)).toBe(port)
})

test('least sizes, and kinds that are none', () => {
  expect([leastMtu([]), leastMtu([4]), leastMtu([4, 6])]).toEqual([576, 576, 1280])
  expect(['geneve', 'stt', 'toString'].map(isTunnelType)).toEqual([true, false, false])
})
