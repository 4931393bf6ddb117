import {readFile} from 'node:fs/promises'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseAllDocuments, stringify} from 'yaml'
import {type AgentConfig, effectiveConfig} from '../../src/model/agent-config.ts'
import {readEffective} from '../../src/model/config/effective.ts'
import {typingErrors} from '../../src/model/config/nearest.ts'
import {leaves} from '../../src/model/config/outline.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'

const conf =
  'trafficEncapMode: hybrid\ndefaultMTU: 1400\negress:\n  exceptCIDRs: [10.0.0.0/8]\n  maxEgressIPsPerNode: 7\n'
const on = (agent: unknown) => effectiveConfig({text: conf, nodeConfig: {name: 'n1', agent}})

test('what an AntreaNodeConfig sets goes before the ConfigMap, and each value says whose it is', () => {
  const {config, sources} = on({trafficEncapMode: 'noEncap', noSNAT: true, egress: {exceptCIDRs: []}})
  expect(config).toMatchObject({trafficEncapMode: 'noEncap', noSNAT: true, defaultMTU: 1400})
  expect(sources).toMatchObject({
    trafficEncapMode: 'antreanodeconfig/n1',
    noSNAT: 'antreanodeconfig/n1',
    'egress.exceptCIDRs': 'antreanodeconfig/n1',
    'egress.maxEgressIPsPerNode': 'configmap/antrea-config',
    defaultMTU: 'configmap/antrea-config',
    tunnelType: 'default',
    'antreaProxy.enable': 'default',
  })
})

test.each([[undefined], [null], [{}], [{trafficEncapMode: null, egress: null}], [{egress: {}}]])(
  'spec.agent %j changes nothing',
  (agent) => {
    expect(on(agent)).toEqual(effectiveConfig({text: conf}))
  },
)

test.each([
  [{trafficEncapMod: 'encap'}, 'AntreaNodeConfig n1: trafficEncapMod is not a key, the nearest is trafficEncapMode'],
  [{defaultMTU: '1400'}, 'AntreaNodeConfig n1: defaultMTU must be a whole number from 0 to 65000, not "1400"'],
  [{noSNAT: true}, 'AntreaNodeConfig n1: noSNAT is only possible with trafficEncapMode noEncap, not with hybrid'],
  [
    {serviceCIDR: '10.96.0.0/12'},
    'AntreaNodeConfig n1: serviceCIDR is the same on all Nodes and cannot be set for one',
  ],
  ['noEncap', 'AntreaNodeConfig n1: it cannot be read: it is no mapping of keys'],
  [[1], 'AntreaNodeConfig n1: it cannot be read: it is no mapping of keys'],
  [{egress: 'x'.repeat(200_000)}, 'AntreaNodeConfig n1: it is longer than 131072 bytes'],
])('spec.agent %.60j is refused', (agent, sentence) => {
  expect(() => on(agent)).toThrow(sentence)
})

test('the hash of the values stays when what one source said is said by the other', () => {
  const text = 'trafficEncapMode: noEncap # why\n'
  const {valuesHash} = effectiveConfig({text})
  expect(valuesHash).toMatch(/^[0-9a-f]{12}$/u)
  expect(effectiveConfig({text: '', nodeConfig: {name: 'n1', agent: {trafficEncapMode: 'NOENCAP'}}}).valuesHash).toBe(
    valuesHash,
  )
  expect(effectiveConfig({text: `${text}defaultMTU: 1400`}).valuesHash).not.toBe(valuesHash)
})

test('what is asked for and not there yet is named', () => {
  expect(
    effectiveConfig({text: 'nodePortLocal: {enable: true}\nflowExporter: {flowPollInterval: 9s}'}).missing,
  ).toEqual(['nodePortLocal.enable: NodePortLocal is not available yet'])
})

test.each(['deploy/antrea.yml', 'deploy/lab.yml'])('the configuration of %s is valid', async (path) => {
  const text = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
  const objects: readonly unknown[] = parseAllDocuments(text).map((document) => document.toJS())
  const found = objects.flatMap((object) => {
    const data: unknown = typeof object === 'object' && object !== null && 'data' in object ? object.data : undefined
    const conf: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'antrea-agent.conf') : undefined
    return typeof conf === 'string' ? [conf] : []
  })
  expect(found).toHaveLength(1)
  expect(readEffective({text: found[0] ?? ''}, {allowWithoutProxy: true})).toMatchObject({refused: [], warnings: []})
})

/** What two tutorials for Antrea tell their readers to write. */
test.each([
  [
    'hybrid with flows exported',
    'trafficEncapMode: hybrid\nnoSNAT: false\ntunnelType: geneve\ntrafficEncryptionMode: none\nenablePrometheusMetrics: true\nflowExporter:\n  enable: true\n',
    0,
  ],
  [
    'noEncap with NodePortLocal',
    'trafficEncapMode: noEncap\nnoSNAT: false\negress:\n  exceptCIDRs: []\nnodePortLocal:\n  enable: true\n  portRange: "61000-62000"\nenablePrometheusMetrics: true\n',
    0,
  ],
  [
    'a datapath, twice said',
    'trafficEncapMode: hybrid\novsDatapathType: system\novsBridges:\n  - bridgeName: br-int\n    datapathType: system\ntlsCipherSuites: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"\n',
    2,
  ],
  ['the userspace datapath', 'trafficEncapMode: hybrid\novsDatapathType: netdev\n', 0],
  [
    'timeouts in another spelling',
    'trafficEncapMode: hybrid\nflowExporter:\n  enable: true\n  flowCollectorAddr: "flow-aggregator.flow-visibility.svc:4739"\n  flowPollInterval: "5s"\n  activeFlowTimeout: "60s"\n  idleFlowTimeout: "15s"\n',
    2,
  ],
])('%s is read', (_, text, warnings) => {
  const effective = readEffective({text}, {allowWithoutProxy: true})
  expect(effective.refused).toEqual([])
  expect(effective.warnings).toHaveLength(warnings)
})

test('the whole file with every key at its default is the empty file', () => {
  const {values} = readEffective({text: ''}, {})
  const written = stringify({...values, egress: {...values.egress, snatFullyRandomPorts: undefined}})
  expect(readEffective({text: written}, {}).values).toEqual(values)
  expect(effectiveConfig({text: written}).config).toEqual(effectiveConfig({text: ''}).config)
})

/** Reads, or refuses with our own error. */
function outcome(text: string, agent?: unknown): AgentConfig | AntctlError {
  try {
    return effectiveConfig({text, ...(agent !== undefined && {nodeConfig: {name: 'n1', agent}})}).config
  } catch (error) {
    if (error instanceof AntctlError) return error
    throw error
  }
}

const names = leaves().map(({path}) => path.split('.').at(-1) ?? '')
const anyKey = fc.oneof(fc.constantFrom(...names), fc.constantFrom('__proto__', 'constructor', '<<', ''), fc.string())
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    {depthSize: 'small'},
    fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), {maxLength: 3}),
    fc.dictionary(anyKey, tie('value'), {maxKeys: 4}),
  ),
})).value

test('any text is read, or refused with our own error', () => {
  const lines = fc.array(
    fc.tuple(anyKey, fc.constantFrom(': ', ':\n  ', ': &a ', ': *a', ': [', ' - ', ': |\n'), fc.string()),
  )
  const text = fc.oneof(
    fc.string({unit: 'binary', maxLength: 200}),
    lines.map((parts) => parts.flat().join('\n')),
  )
  fc.assert(
    fc.property(text, (text) => {
      expect(isOurs(outcome(text))).toBe(true)
    }),
    {numRuns: 300},
  )
})

test('any mapping is read, or refused with our own error, as YAML and as spec.agent', () => {
  fc.assert(
    fc.property(fc.dictionary(anyKey, anyValue), (mapping) => {
      expect(isOurs(outcome(stringify(mapping)))).toBe(true)
      expect(isOurs(outcome('', mapping))).toBe(true)
    }),
  )
})

function isOurs(outcome: AgentConfig | AntctlError): boolean {
  if (!(outcome instanceof AntctlError)) return trafficModeNames.includes(outcome.trafficEncapMode)
  return outcome.code === 'CONFIG_INVALID' && outcome.message.length < 2_500 && outcome.remedy.length > 0
}

test('a bad value of any key is refused by its name, a typing error by the key that is meant', () => {
  const known = fc.constantFrom(...leaves().filter(({names}) => names === undefined))
  fc.assert(
    fc.property(known, ({path, each}) => {
      const wrong = outcome(stringify(nested(path, each === undefined ? {a: {}} : 7)))
      expect(wrong instanceof AntctlError && wrong.message).toContain(`${path} must be`)
    }),
  )
  fc.assert(
    fc.property(known, fc.nat(), fc.constantFrom('x', 'q', ''), ({path}, at, letter) => {
      const end = path.lastIndexOf('.') + 1
      const place = end + (at % (path.length - end))
      const typed = path.slice(0, place) + letter + path.slice(place + 1)
      fc.pre(leaves().every(({path}) => path !== typed))
      const wrong = outcome(stringify(nested(typed, true)))
      expect(wrong).toBeInstanceOf(AntctlError)
      const nearest = /the nearest is ([\w.]+)/u.exec(wrong instanceof Error ? wrong.message : '')?.[1] ?? ''
      expect(leaves().some(({path}) => path === nearest || path.startsWith(`${nearest}.`))).toBe(true)
      expect(typingErrors(nearest.slice(end), typed.slice(end))).toBeLessThanOrEqual(1)
    }),
  )
})

test('an unknown key always names a known one', () => {
  fc.assert(
    fc.property(
      fc.string({minLength: 1}),
      fc.constantFrom('', 'antreaProxy.', 'multicluster.wireGuard.'),
      (name, place) => {
        const key = `zz${name.replaceAll(/[^a-z]/giu, 'q')}`
        const wrong = outcome(stringify(nested(place + key, 1)))
        const nearest = /the nearest is ([\w.]+)/u.exec(wrong instanceof Error ? wrong.message : '')?.[1] ?? ''
        expect(leaves().some(({path}) => path === nearest || path.startsWith(`${nearest}.`))).toBe(true)
      },
    ),
  )
})

function nested(path: string, value: unknown): unknown {
  return path.split('.').reduceRight((inner, key) => ({[key]: inner}), value)
}

test('errors of typing are counted', () => {
  expect(['', 'a', 'ab', 'ba', 'abc', 'noSNAT'].map((name) => typingErrors(name, 'ab'))).toEqual([2, 1, 0, 1, 1, 6])
})

test('every key of upstream with its default, and one of ours', () => {
  const {values} = readEffective({text: ''}, {})
  const {clientConnection: _own, antreaClientConnection: _theirs, externalNode: _node, ...shipped} = values
  expect(shipped).toEqual({
    featureGates: {},
    trafficEncapMode: 'encap',
    noSNAT: false,
    snatFullyRandomPorts: false,
    tunnelType: 'geneve',
    tunnelPort: 0,
    tunnelCsum: false,
    defaultMTU: 0,
    logVerbosity: 0,
    transportInterface: '',
    transportInterfaceCIDRs: [],
    ovsDatapathType: '',
    kubeAPIServerOverride: '',
    apiPort: 10_350,
    serviceCIDR: '',
    serviceCIDRv6: '',
    trafficEncryptionMode: 'none',
    wireGuard: {port: 51_820},
    ipsec: {authenticationMode: 'psk'},
    ovsBridge: 'br-int',
    hostGateway: 'antrea-gw0',
    podCIDRs: '',
    enableBridgingMode: false,
    disableTXChecksumOffload: false,
    packetInRate: 5_000,
    egress: {
      exceptCIDRs: [],
      maxEgressIPsPerNode: 255,
      snatFullyRandomPorts: null,
      uniqueMACForSubInterfaces: true,
    },
    clusterPort: 10_351,
    memberlist: {gossipVerifyOutgoing: true, gossipVerifyIncoming: true},
    enablePrometheusMetrics: true,
    flowExporter: {
      enable: false,
      flowCollectorAddr: 'flow-aggregator/flow-aggregator:14739:grpc',
      flowPollInterval: '5s',
      activeFlowExportTimeout: '5s',
      idleFlowExportTimeout: '15s',
      protocolFilter: [],
    },
    nodePortLocal: {enable: false, portRange: '61000-62000'},
    dnsServerOverride: '',
    fqdnCacheMinTTL: 0,
    tlsCipherSuites: '',
    tlsMinVersion: '',
    multicast: {enable: false, multicastInterfaces: [], igmpQueryVersions: [1, 2, 3], igmpQueryInterval: '125s'},
    antreaProxy: {
      enable: true,
      proxyAll: false,
      nodePortAddresses: [],
      skipServices: [],
      proxyLoadBalancerIPs: true,
      serviceProxyName: '',
      defaultLoadBalancerMode: 'nat',
      disableServiceHealthCheckServer: false,
      serviceHealthCheckServerBindAddress: '',
    },
    multicluster: {
      enableGateway: false,
      namespace: '',
      enableStretchedNetworkPolicy: false,
      enablePodToPodConnectivity: false,
      trafficEncryptionMode: 'none',
      wireGuard: {port: 51_821},
    },
    auditLogging: {maxSize: 500, maxBackups: 3, maxAge: 28, compress: true},
    secondaryNetwork: {ovsBridges: []},
    hostNetworkAcceleration: {enable: true},
    hostNetworkMode: 'iptables',
    cniSocket: '/var/run/antrea/cni.sock',
    ovsRunDir: '/var/run/openvswitch',
    hostProcPathPrefix: '/host',
    nodeType: 'k8sNode',
  })
})
