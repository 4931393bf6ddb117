import {describe, expect, test} from 'vitest'
import {encodeCommands} from '../../src/datapath/machine/nft/commands.ts'
import {edgesOf, networksOf} from '../../src/datapath/machine/nft/intervals.ts'
import {encodeRule, printRule} from '../../src/datapath/machine/nft/statements.ts'
import {natRuleset} from '../../src/datapath/host/nft.ts'
import {parseCidr} from '../../src/model/address.ts'
import fc from 'fast-check'

describe('rules', () => {
  test.each([
    'ct state invalid ip saddr @pod_cidrs ip daddr @pod_cidrs notrack',
    'ip saddr 10.244.1.0/24 ip daddr != @pod_cidrs oifname != "antrea-gw0" masquerade',
    'ip saddr 10.244.0.0/22 masquerade',
    'ip daddr 10.0.0.0/8 notrack',
    'ip saddr 10.1.2.3/32 masquerade',
    'ip saddr 0.0.0.0/1 masquerade',
    'masquerade',
    'ip saddr 10.244.0.0/22 masquerade fully-random',
  ])('%s', (text) => {
    expect(printRule(encodeRule(text))).toBe(text)
  })

  test('any network in a rule comes back as it was', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.integer({min: 1, max: 32}), (address, prefix) => {
        const ip = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
        const text = `ip daddr ${parseCidr(`${ip}/${prefix}`)} masquerade`
        expect(printRule(encodeRule(text))).toBe(text)
      }),
    )
  })

  test.each(['tcp dport 80 accept', 'ip saddr @', 'oifname "eth0" masquerade', 'ct state new notrack'])(
    'words that are not ours are refused: %s',
    (text) => {
      expect(() => encodeRule(text)).toThrow('no nft rule of ours has')
    },
  )

  test('a rule that somebody changed in the least is not printed as ours', () => {
    const rule = encodeRule('ct state invalid ip saddr @pod_cidrs ip daddr @pod_cidrs notrack')
    const spoiled = [
      rule.slice(1),
      rule.slice(0, -1),
      [...rule, ...rule.slice(-1)],
      rule.toReversed(),
      rule.map((step) => (step.name === 'cmp' ? {...step, values: {...step.values, operator: 4}} : step)),
      rule.map((step) => (step.name === 'lookup' ? {...step, values: {...step.values, flags: 1}} : step)),
      // Without the question whether it is IPv4.
      rule.filter(({name, values}) => name !== 'meta' && values['data'] !== '02'),
    ]
    for (const expressions of spoiled) expect(printRule(expressions)).not.toBe(printRule(rule))
    expect(printRule([{name: 'exthdr', values: {unknown: '00'}}])).toMatch(/^\[.*exthdr/u)
  })

  test('whatever expressions there are, what is printed either means the same or is no rule of ours', () => {
    const value = fc.oneof(fc.constantFrom(0, 1, 4, 7, 12, 15, 16, '02', '00000000', 'pod_cidrs'), fc.nat())
    const keys = fc.constantFrom(
      'register',
      'key',
      'from',
      'operator',
      'data',
      'set',
      'flags',
      'base',
      'offset',
      'length',
    )
    const names = fc.constantFrom('ct', 'meta', 'cmp', 'lookup', 'payload', 'bitwise', 'masq', 'notrack')
    const expression = fc.record({name: names, values: fc.dictionary(keys, value)})
    fc.assert(
      fc.property(fc.array(expression, {maxLength: 6}), (expressions) => {
        const text = printRule(expressions)
        expect(text.startsWith('[') ? expressions : encodeRule(text)).toEqual(expressions)
      }),
    )
  })
})

test('every line of our ruleset is understood; others are refused in a sentence', () => {
  const ruleset = natRuleset({podCidr: parseCidr('10.244.1.0/24'), noSNAT: false, snatFullyRandomPorts: false}, [
    '10.244.1.0/24',
    '10.244.2.0/24',
  ])
  expect(encodeCommands(ruleset.trim().split('\n'))).toHaveLength(9)
  for (const line of [
    'add table ip antctl',
    'flush ruleset',
    'add chain inet antctl x { type filter hook prerouting priority high; policy accept; }',
    'add chain netdev antctl x { type filter hook ingress device "a"b" priority -500; policy drop; }',
    'add element inet antctl pod_cidrs { ::1 }',
  ]) {
    expect(() => encodeCommands([line])).toThrow('is not among the nft commands that we know')
  }
})

test('5 000 podCIDRs fit: no attribute exceeds 64 KiB', () => {
  const podCidrs = Array.from({length: 5_000}, (_, index) => `100.${64 + Math.floor(index / 256)}.${index % 256}.0/24`)
  const requests = encodeCommands([`add element inet antctl pod_cidrs { ${podCidrs.join(', ')} }`])
  expect(requests).toHaveLength(10)
  for (const {body, what} of requests) {
    expect(body.length).toBeLessThan(65_536)
    expect(what.length).toBeLessThan(300)
  }
})

describe('intervals', () => {
  test('networks come back from their edges, in any order, neighbours and the last one of all included', () => {
    const podCidrs = ['0.0.0.0/8', '10.244.1.0/24', '10.244.2.0/24', '10.244.4.0/22', '255.255.255.0/24'].map(parseCidr)
    const edges = podCidrs.flatMap(edgesOf)
    expect(edges).toHaveLength(9)
    for (const order of [edges, edges.toReversed(), [...edges.slice(4), ...edges.slice(0, 4)]]) {
      expect(networksOf(order)).toEqual({networks: podCidrs, strays: []})
    }
  })

  test("nft's own edge at zero is none of ours, a range that is no network is told", () => {
    const edges = [{key: '00000000', flags: 1}, {key: '0af40100'}, {key: '0af40180', flags: 1}, {key: '0af40181'}]
    expect(networksOf(edges)).toEqual({networks: ['10.244.1.0/25'], strays: ['10.244.1.129-255.255.255.255']})
  })

  test('IPv6 has a set of its own one day, not this one', () => {
    expect(edgesOf(parseCidr('2001:db8::/64'))).toEqual([])
  })
})
