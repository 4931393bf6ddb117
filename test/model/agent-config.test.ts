import {expect, test} from 'vitest'
import {effectiveConfig, parseAgentConfig} from '../../src/model/agent-config.ts'
import {AntctlError} from '../../src/model/errors.ts'

const defaults = {
  trafficEncapMode: 'encap',
  noSNAT: false,
  snatFullyRandomPorts: false,
  tunnelType: 'geneve',
  tunnelPort: 6081,
  tunnelCsum: false,
  transportInterfaceCIDRs: [],
  defaultMTU: 0,
  logVerbosity: 0,
  apiPort: 10350,
  antreaProxyEnabled: true,
}

test.each([
  ['', defaults],
  ['# only a comment\n', defaults],
  ['trafficEncapMode:\napiPort: 0\ntunnelType: ""\novsDatapathType: ""\nantreaProxy:\n', defaults],
  ['trafficEncapMode: HYBRID\n', {...defaults, trafficEncapMode: 'hybrid'}],
  [
    'transportInterface: eth1\nantreaProxy:\n  enable: false\n',
    {...defaults, transportInterface: 'eth1', antreaProxyEnabled: false},
  ],
  [
    'serviceCIDR: 10.96.0.0/16\nkubeAPIServerOverride: "https://172.31.1.1:6443"\n',
    {...defaults, serviceCIDR: '10.96.0.0/16', kubeAPIServerOverride: 'https://172.31.1.1:6443'},
  ],
  ['trafficEncapMode: noEncap\nnoSNAT: true\n', {...defaults, trafficEncapMode: 'noEncap', noSNAT: true}],
  ['ovsDatapathType: netdev\ndefaultMTU: 0x578\n', {...defaults, ovsDatapathType: 'netdev', defaultMTU: 1400}],
  ['trafficEncryptionMode: None\nfeatureGates: {Egress: false, AllAlpha: true, AntreaIPAM: true}\n', defaults],
])('%j is read', (text, config) => {
  expect(parseAgentConfig(text)).toEqual(config)
})

test.each([
  [
    'trafficEncapMode: hybird',
    'line 1: trafficEncapMode must be one of encap, hybrid, noEncap, networkPolicyOnly, not "hybird"',
  ],
  ['\n\ntrafficEncapMode: [encap]', 'line 3: trafficEncapMode must be one of encap'],
  ['noSNAT: yes', 'noSNAT must be true or false, not "yes"'],
  ['noSNAT: true', 'noSNAT is only possible with trafficEncapMode noEncap, not with encap'],
  ['tunnelType: GENEVE', 'tunnelType must be one of geneve, vxlan, gre, stt, not "GENEVE"'],
  ['tunnelType: stt', 'tunnelType stt cannot work'],
  ['trafficEncapMode: networkPolicyOnly', 'trafficEncapMode networkPolicyOnly is not available yet'],
  ['trafficEncryptionMode: wireGuard', 'trafficEncryptionMode wireGuard is not available yet, only none'],
  ['ovsDatapathType: dpdk', 'ovsDatapathType must be one of system, netdev, not "dpdk"'],
  ['transportInterface: "eth1; reboot"', 'transportInterface must be an interface name of at most 15 characters'],
  ['transportInterface: "../../etc"', 'transportInterface must be an interface name'],
  ['apiPort: 70000', 'apiPort must be a whole number from 0 to 65535, not 70000'],
  ['defaultMTU: 1.5', 'defaultMTU must be a whole number from 0 to 65000, not 1.5'],
  [
    'egress:\n  exceptCIDRs:\n    - 10.0.0.0/8\n    - 10.0.0.0/33',
    'line 4: egress.exceptCIDRs.1 must be a network in CIDR notation',
  ],
  ['egress: {maxEgressIPsPerNode: 256}', 'egress.maxEgressIPsPerNode must be a whole number from 0 to 255'],
  ['fqdnCacheMinTTL: -1', 'fqdnCacheMinTTL must be a whole number'],
  ['tlsMinVersion: 1.3', 'tlsMinVersion must be one of VersionTLS10'],
  ['nodePortLocal: {portRange: 62000-61000}', 'nodePortLocal.portRange must be two ports'],
  ['flowExporter: {flowPollInterval: soon}', 'flowExporter.flowPollInterval must be a duration'],
  ['antreaProxy: true', 'antreaProxy must be a mapping of keys, not true'],
  ['featureGates: {Egres: true}', 'line 1: Egres is not a feature gate, the nearest is Egress'],
  ['featureGates: {Egress: 1}', 'featureGates.Egress must be true or false, not 1'],
  ['ovsBridge: br-ex', 'ovsBridge cannot be changed in this agent: its bridge is br-int'],
  ['a: &a [x]\nb: *a', 'line 2: it cannot be read: an alias'],
  ['trafficEncapMode: encap\ntrafficEncapMode: hybrid', 'line 2: it cannot be read: "trafficEncapMode" is there twice'],
  ['? [a]\n: b', 'it cannot be read: a key is no text'],
  ['noSNAT: !!str true', 'line 1: it cannot be read: a tag (!) is not taken'],
  ['a: !!js/function x', 'it cannot be read: Unresolved tag'],
  ['a: 1\n---\nb: 2', 'it cannot be read'],
  ['- a\n- b', 'it cannot be read: it is no mapping of keys'],
  ['encap', 'it cannot be read: it is no mapping of keys'],
  ['{', 'it cannot be read'],
  [`a: ${'['.repeat(40)}${']'.repeat(40)}`, 'it is nested too deep'],
  ['['.repeat(100_000), 'it is nested too deep'],
  ['{a: '.repeat(30_000), 'it is nested too deep'],
  ['- '.repeat(60_000), 'it cannot be read'],
  [`# ${'x'.repeat(131_072)}`, 'it is longer than 131072 bytes'],
])('%.60j is refused in a sentence', (text, sentence) => {
  const refused = refusalOf(text)
  expect(refused.code).toBe('CONFIG_INVALID')
  expect(refused.message).toMatch(/^antrea-agent\.conf(?:, line \d+)?: /u)
  expect(refused.message).toContain(sentence)
  expect(refused.remedy.length).toBeGreaterThan(0)
})

test.each([
  ['trafficEncapMod: encap', 'trafficEncapMod is not a key, the nearest is trafficEncapMode'],
  ['nosnat: true', 'nosnat is not a key, the nearest is noSNAT'],
  ['tunelType: geneve', 'the nearest is tunnelType'],
  ['proxyAll: true', 'proxyAll is not a key, the nearest is antreaProxy.proxyAll'],
  [
    'antreaProxy:\n  trafficEncapMode: hybrid',
    'line 2: antreaProxy.trafficEncapMode is not a key, the nearest is trafficEncapMode',
  ],
  ['flowExporter: {activeFlowExpotTimeout: 5s}', 'the nearest is flowExporter.activeFlowExportTimeout'],
  [
    'multicluster: {wireGuard: {prot: 1}}',
    'multicluster.wireGuard.prot is not a key, the nearest is multicluster.wireGuard.port',
  ],
  [
    'secondaryNetwork:\n  ovsBridges:\n    - bridgeName: br1\n      physicalInterface: eth1',
    'line 4: secondaryNetwork.ovsBridges.0.physicalInterface is not a key, the nearest is',
  ],
  ['__proto__: {noSNAT: true}', '__proto__ is not a key'],
  ['constructor: 1', 'constructor is not a key'],
  ['<<: {noSNAT: true}', '<< is not a key'],
])('%j names the nearest key', (text, sentence) => {
  expect(refusalOf(text).message).toContain(sentence)
})

test('all that is wrong is told at once, and what a hostile text holds is shortened', () => {
  const {message} = refusalOf(`noSNAT: maybe\ntunnelPort: 70000\n${'x'.repeat(1_000)}: "\u001b[31m"\n`)
  expect(message).toContain('noSNAT must be')
  expect(message).toContain('tunnelPort must be')
  expect(message).toContain('is not a key')
  expect(message.length).toBeLessThan(2_000)
  expect(message).not.toContain('\u001b')
})

test('of thousands of unknown keys some are named', () => {
  const text = Array.from({length: 9_000}, (_, index) => `k${index}: 1`).join('\n')
  expect(refusalOf(text).message).toMatch(/; and \d+ more$/u)
})

test('old spellings are read with a warning', () => {
  const text = 'ovsBridges:\n  - bridgeName: br-int\n    datapathType: netdev\nflowExporter:\n  idleFlowTimeout: 20s\n'
  const {config, warnings} = effectiveConfig({text})
  expect(config.ovsDatapathType).toBe('netdev')
  expect(warnings).toEqual([
    'antrea-agent.conf, line 2: ovsBridges.0.bridgeName is read as ovsBridge',
    'antrea-agent.conf, line 3: ovsBridges.0.datapathType is read as ovsDatapathType',
    'antrea-agent.conf, line 5: flowExporter.idleFlowTimeout is read as flowExporter.idleFlowExportTimeout',
  ])
})

test.each([
  [
    'both spellings with other values',
    'activeFlowTimeout: 60s\nflowExporter: {activeFlowExportTimeout: 5s}',
    'activeFlowTimeout is an old spelling of flowExporter.activeFlowExportTimeout, and both are there',
  ],
  ['a wrong value', 'activeFlowTimeout: soon', 'line 1: flowExporter.activeFlowExportTimeout must be a duration'],
  ['a second bridge', 'ovsBridges: [{bridgeName: br-int}, {bridgeName: br1}]', 'ovsBridges is not a key'],
  ['another bridge', 'ovsBridges: [{bridgeName: br1}]', 'ovsBridge cannot be changed'],
])('%s in an old spelling is refused', (_, text, sentence) => {
  expect(refusalOf(text).message).toContain(sentence)
})

function refusalOf(text: string): AntctlError {
  try {
    parseAgentConfig(text)
  } catch (error) {
    if (error instanceof AntctlError) return error
    throw error
  }
  throw new Error('it was read')
}
