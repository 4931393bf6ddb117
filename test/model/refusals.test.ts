import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseCidr, parseInterfaceAddress} from '../../src/model/address.ts'
import {effectiveConfig} from '../../src/model/agent-config.ts'
import {readEffective} from '../../src/model/config/effective.ts'
import {leaves, type Outline} from '../../src/model/config/outline.ts'
import {type Mapping, parsePath, withValue} from '../../src/model/config/place.ts'
import {refused} from '../../src/model/refusals/refuse.ts'
import type {RefusalRow, Surroundings} from '../../src/model/refusals/row.ts'
import {type RefusalId, refusals} from '../../src/model/refusals/table.ts'

const upstream = {agent: 'upstream'} as const
const transport = (mtu: number, ...addresses: readonly string[]): Surroundings => ({
  transport: {mtu, addresses: addresses.map(parseInterfaceAddress)},
})
const v4 = '172.30.1.11/24'
const v6 = '2001:db8::11/64'

/** A configuration, what is known around it, and every row of the table that it meets. */
const met: readonly (readonly [string, Surroundings, readonly RefusalId[]])[] = [
  ['', {}, []],
  ['', {allowWithoutProxy: false, podCidrs: [parseCidr('10.244.1.0/24')], ...transport(1500, v4)}, []],
  ['', {podCidrs: []}, ['pod-cidr-missing']],
  ['trafficEncapMode: networkPolicyOnly', {podCidrs: []}, ['policy-only-not-yet']],
  ['trafficEncapMode: networkPolicyOnly\nnoSNAT: true', upstream, []],
  ['trafficEncapMode: networkPolicyOnly\nmulticast: {enable: true}', upstream, ['multicast-excludes-policy-only']],
  ['trafficEncapMode: hybrid', {allowWithoutProxy: false}, ['no-encap-needs-proxy']],
  ['trafficEncapMode: hybrid', {allowWithoutProxy: true}, []],
  ['trafficEncapMode: hybrid', {}, []],
  ['trafficEncapMode: noEncap', {allowWithoutProxy: false, ...upstream}, []],
  [
    'trafficEncapMode: noEncap\nantreaProxy: {enable: false}',
    {allowWithoutProxy: false, ...upstream},
    ['no-encap-needs-proxy'],
  ],
  [
    'trafficEncapMode: hybrid\nfeatureGates: {AntreaProxy: false}',
    {allowWithoutProxy: false, ...upstream},
    ['no-encap-needs-proxy'],
  ],
  ['noSNAT: true', {}, ['no-snat-needs-no-encap']],
  ['noSNAT: true\ntrafficEncapMode: hybrid', {}, ['no-snat-needs-no-encap']],
  ['noSNAT: true\ntrafficEncapMode: noEncap', {}, []],
  ['trafficEncapMode: hybrid', {provider: 'azure'}, ['azure-drops-pod-addresses']],
  ['trafficEncapMode: noEncap', {provider: 'azure'}, []],
  ['trafficEncapMode: noEncap', {provider: 'azure', cloudRoutes: 'created'}, []],
  ['trafficEncapMode: noEncap', {provider: 'azure', cloudRoutes: 'missing'}, ['azure-routes-missing']],
  ['trafficEncapMode: noEncap', {provider: 'aws', cloudRoutes: 'missing'}, []],
  ['trafficEncryptionMode: wireGuard', {}, ['encryption-not-yet']],
  ['trafficEncryptionMode: wireGuard', upstream, []],
  ['trafficEncryptionMode: ipsec\ntrafficEncapMode: hybrid', {}, ['encryption-needs-encap', 'encryption-not-yet']],
  ['trafficEncryptionMode: ipsec', {ipsecKey: false, ...upstream}, ['ipsec-needs-key']],
  [
    'trafficEncryptionMode: ipsec\nipsec: {authenticationMode: cert}',
    {ipsecKey: false, ...upstream},
    ['ipsec-certificates-need-gate'],
  ],
  [
    'trafficEncryptionMode: ipsec\nipsec: {authenticationMode: cert}\nfeatureGates: {IPsecCertAuth: true}',
    upstream,
    [],
  ],
  ['tunnelType: stt', upstream, []],
  ['tunnelType: gre', {...upstream, ...transport(1500, v4)}, []],
  ['tunnelType: gre', {...upstream, ...transport(1500, v4, v6)}, ['gre-needs-ipv4']],
  ['tunnelType: gre\ntrafficEncapMode: noEncap', {...upstream, ...transport(1500, v6)}, []],
  ['apiPort: 9000\nclusterPort: 9000', {}, ['api-port-taken']],
  ['clusterPort: 6081', {}, ['tunnel-port-taken']],
  ['defaultMTU: 1450', transport(1500, v4), []],
  ['defaultMTU: 1451', transport(1500, v4), ['mtu-does-not-fit']],
  ['defaultMTU: 1450', transport(1500, v6), ['mtu-does-not-fit']],
  ['defaultMTU: 1500\ntrafficEncapMode: noEncap', transport(1500, v4), []],
  ['defaultMTU: 65000', {}, []],
  ['defaultMTU: 500', {}, ['mtu-too-small']],
  ['defaultMTU: 1279', {podCidrs: [parseCidr('2001:db8:1::/64')]}, ['mtu-too-small']],
  ['', transport(600, v4), ['mtu-too-small']],
  ['ovsBridge: br-ex', {}, ['key-fixed']],
  ['nodeType: externalNode', {}, ['key-fixed']],
  ['nodeType: externalNode', upstream, []],
  ['enableBridgingMode: true', upstream, ['bridging-needs-ipam', 'bridging-needs-no-encap', 'bridging-needs-no-snat']],
  [
    'enableBridgingMode: true\ntrafficEncapMode: noEncap\nnoSNAT: true\nfeatureGates: {AntreaIPAM: true}',
    {},
    ['bridging-not-yet'],
  ],
  ['multicast: {enable: true}\ntrafficEncryptionMode: ipsec', upstream, ['multicast-excludes-encryption']],
  ['multicast: {enable: true}', {}, []],
  ['hostNetworkMode: nftables', {}, []],
  ['hostNetworkMode: nftables', {nft: false, ...upstream}, ['nftables-need-gate', 'nftables-missing']],
  ['hostNetworkMode: nftables\nfeatureGates: {AllAlpha: true}', {nft: true, ...upstream}, []],
  ['antreaProxy: {defaultLoadBalancerMode: dsr}\ntrafficEncapMode: hybrid', {}, ['dsr-needs-gate', 'dsr-needs-encap']],
  ['antreaProxy: {defaultLoadBalancerMode: dsr}\nfeatureGates: {LoadBalancerModeDSR: true}', {}, []],
  [
    'multicluster: {enableGateway: true}\ntrafficEncryptionMode: wireGuard',
    upstream,
    ['multicluster-excludes-wireguard'],
  ],
  [
    'multicluster: {enableGateway: true, trafficEncryptionMode: wireGuard}\ntrafficEncryptionMode: ipsec',
    upstream,
    ['multicluster-encrypts-once'],
  ],
  ['multicluster: {enableStretchedNetworkPolicy: true}', {}, ['stretched-policy-needs-gateway']],
  ['featureGates: {SecondaryNetwork: true}', {}, ['secondary-network-needs-ipam']],
  ['featureGates: {SecondaryNetwork: true, AntreaIPAM: true}', {}, []],
  ['secondaryNetwork: {ovsBridges: [{bridgeName: a}, {bridgeName: b}]}', {}, ['secondary-bridge-one']],
  ['serviceCIDR: 10.244.0.0/16', {podCidrs: [parseCidr('10.244.1.0/24')]}, ['service-range-overlaps']],
  ['serviceCIDR: 10.96.0.0/12', {podCidrs: [parseCidr('10.244.1.0/24')]}, []],
  ['ovsDatapathType: system', {kernelDatapath: false}, ['kernel-datapath-missing']],
  ['ovsDatapathType: system', {kernelDatapath: true}, []],
  ['ovsDatapathType: netdev', {kernelDatapath: false}, []],
  ['ovsDatapathType: netdev', upstream, ['userspace-datapath-of-upstream']],
  ['tunnelCsum: true', {}, []],
  ['tunnelType: stt', {}, ['stt-unsupported']],
]

test.each(met)('%j with %j meets %j', (text, around, ids) => {
  const {refused} = readEffective({text}, around)
  expect(refused.map(({id}) => id)).toEqual(ids)
})

test('every row that is found by judging is met above, and says all it needs', () => {
  const shown = new Set(met.flatMap(([, , ids]) => ids))
  const rows = Object.entries<RefusalRow>(refusals)
  expect(
    rows
      .filter(([, {when}]) => when !== undefined)
      .map(([id]) => id)
      .toSorted(),
  ).toEqual([...shown].toSorted())
  const unwell = rows.filter(
    ([, {sentence, cause, remedy}]) => /[.!]$/u.test(sentence) || !/^[A-Z].*\.$/u.test(cause) || remedy.length === 0,
  )
  expect(unwell.map(([id]) => id)).toEqual([])
})

test('what upstream goes on past is a warning for a cluster of its agents', () => {
  const text = 'trafficEncapMod: hybrid\nfeatureGates: {L7FlowExporter: true}\nnoSNAT: true\n'
  const {refused, warnings} = readEffective({text}, upstream)
  expect(refused.map(({id}) => id)).toEqual(['no-snat-needs-no-encap'])
  expect(warnings).toEqual([
    'antrea-agent.conf, line 1: trafficEncapMod is not a key, the nearest is trafficEncapMode',
    'antrea-agent.conf, line 2: L7FlowExporter is not a feature gate, the nearest is FlowExporter',
  ])
  expect(readEffective({text: 'noSNAT: 1'}, upstream).refused.map(({id}) => id)).toEqual(['value-wrong'])
})

test('nothing is left unfilled in what a person reads', () => {
  for (const [text, around] of met) {
    for (const {sentence, remedy} of readEffective({text}, around).refused) {
      expect([sentence, ...remedy].join('\n')).not.toMatch(/[{}]/u)
    }
  }
})

/** A value of each key that its row of the table allows, by the words of that row. */
function allowed({says, fallback}: Outline): fc.Arbitrary<unknown> {
  if (typeof fallback === 'boolean') return fc.boolean()
  if (says.startsWith('one of ')) return fc.constantFrom(...says.slice('one of '.length).split(', '))
  const [, least, most] = /^a whole number from (\d+) to (\d+)$/u.exec(says) ?? []
  if (most !== undefined) return fc.integer({min: Number(least), max: Number(most)})
  if (says.startsWith('a network')) return fc.constantFrom('', '10.96.0.0/12', '10.244.0.0/16', 'fd00::/108')
  return fc.constant(fallback)
}

const around: fc.Arbitrary<Surroundings> = fc.record(
  {
    agent: fc.constantFrom('ours', 'upstream'),
    allowWithoutProxy: fc.boolean(),
    ipsecKey: fc.boolean(),
    nft: fc.boolean(),
    kernelDatapath: fc.boolean(),
    transport: fc.record({
      mtu: fc.integer({min: 0, max: 65_536}),
      addresses: fc.subarray([v4, v6].map(parseInterfaceAddress)),
    }),
    podCidrs: fc.subarray(['10.244.1.0/24', 'fd01::/64'].map(parseCidr)),
    provider: fc.constantFrom('aws', 'azure', 'gce'),
  },
  {requiredKeys: []},
)

test('any values that may stand alone, anywhere: read, or refused by whole sentences', () => {
  const some = fc.subarray([...leaves()], {maxLength: 12})
  const values = some.chain((some) => fc.tuple(...some.map((leaf) => fc.tuple(fc.constant(leaf.path), allowed(leaf)))))
  fc.assert(
    fc.property(values, around, (values, around) => {
      const text = JSON.stringify(
        values.reduce<Mapping>((all, [path, value]) => withValue(all, parsePath(path), value), {}),
      )
      const {refused} = readEffective({text}, around)
      for (const {sentence, remedy} of refused) expect([sentence, ...remedy].join('\n')).not.toMatch(/[{}]|undefined/u)
      expect(refused.map(({id}) => id)).not.toContain('value-wrong')
      if (around.agent === 'upstream') return
      if (refused.length > 0) expect(() => effectiveConfig({text}, around)).toThrow(refused[0]?.sentence)
      else expect(effectiveConfig({text}, around).config.trafficEncapMode).toBeDefined()
    }),
    {numRuns: 300},
  )
})

test('leaving noEncap with noSNAT names the command that goes on', () => {
  const [first] = readEffective({text: 'noSNAT: true\ntrafficEncapMode: hybrid'}, {}).refused
  expect(first).toMatchObject({
    sentence: 'antrea-agent.conf, line 1: noSNAT is only possible with trafficEncapMode noEncap, not with hybrid',
    remedy: ['antctl set-mode hybrid --snat', 'antctl set-mode noEncap --no-snat'],
  })
})

test('words of others are shortened and have no control characters', () => {
  const {sentence} = refused('transport-interface-missing', {name: `\u001b[2J\n${'x'.repeat(10_000)}`})
  expect(sentence.length).toBeLessThan(400)
  expect(sentence).not.toMatch(/\p{C}/u)
})
