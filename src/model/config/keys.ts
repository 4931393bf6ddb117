import * as v from 'valibot'
import {featureGates} from './feature-gates.ts'
import {atStart, fixed, ignored, key, later, live, refusedBy, section, sections, soon} from './fate.ts'
import {
  cidr,
  cidrs,
  duration,
  flag,
  integer,
  interfaceName,
  interfaceNames,
  oneOf,
  port,
  portRange,
  text,
  texts,
} from './kinds.ts'

const proxy = later('AntreaProxy')
const flows = later('FlowExporter')
const encryption = later('encryption between Nodes')
const multicluster = later('Multicluster')
const multicast = later('Multicast')
const policies = later('NetworkPolicy')
const egress = later('Egress')
const paths = fixed('the container has its own paths')
const ownConnection = ignored('this agent paces its own calls')

const connection = v.nullish(
  section({
    kubeconfig: key(text, '', fixed('the agent uses the token of its ServiceAccount')),
    acceptContentTypes: key(text, '', ownConnection),
    contentType: key(text, '', ownConnection),
    qps: key(v.number('a number'), 0, ownConnection),
    burst: key(integer(0, 1_000_000), 0, ownConnection),
  }),
  {},
)

/**
 * antrea-agent.conf, whole: every key with its type, its default and what our agent does with it. Names and defaults are
 * those of upstream's build/charts/antrea/conf/antrea-agent.conf and pkg/config/agent; logVerbosity alone is ours.
 */
export const keys = v.object(
  {
    featureGates,
    trafficEncapMode: key(oneOf(['encap', 'hybrid', 'noEncap', 'networkPolicyOnly'], {anyCase: true}), 'encap', live),
    noSNAT: key(flag, false, live),
    snatFullyRandomPorts: key(flag, false, soon),
    tunnelType: key(oneOf(['geneve', 'vxlan', 'gre', 'stt']), 'geneve', soon),
    tunnelPort: key(integer(0, 65_535), 0, soon),
    tunnelCsum: key(flag, false, soon),
    defaultMTU: key(integer(0, 65_000), 0, atStart),
    logVerbosity: key(integer(0, 10), 0, soon),
    transportInterface: key(interfaceName, '', atStart),
    transportInterfaceCIDRs: key(cidrs, [], soon),
    ovsDatapathType: key(oneOf(['', 'system', 'netdev']), '', atStart),
    kubeAPIServerOverride: key(text, '', atStart),
    apiPort: key(port(10_350), 10_350, atStart),
    serviceCIDR: key(cidr, '', proxy),
    serviceCIDRv6: key(cidr, '', proxy),
    trafficEncryptionMode: key(
      oneOf(['none', 'ipsec', 'wireGuard'], {anyCase: true}),
      'none',
      refusedBy('encryption-not-yet'),
    ),
    wireGuard: v.nullish(section({port: key(port(51_820), 51_820, encryption)}), {}),
    ipsec: v.nullish(
      section({authenticationMode: key(oneOf(['psk', 'cert'], {anyCase: true}), 'psk', encryption)}),
      {},
    ),
    ovsBridge: key(text, 'br-int', fixed('its bridge is br-int')),
    hostGateway: key(interfaceName, 'antrea-gw0', fixed('its gateway is antrea-gw0')),
    podCIDRs: key(v.union([text, texts], 'a text'), '', ignored('it is of networkPolicyOnly alone')),
    enableBridgingMode: key(flag, false, refusedBy('bridging-not-yet')),
    disableTXChecksumOffload: key(flag, false, ignored('offload is set as the datapath needs it')),
    packetInRate: key(integer(0, 1_000_000), 5_000, later('sending packets to the agent')),
    egress: v.nullish(
      section({
        exceptCIDRs: key(cidrs, [], egress),
        maxEgressIPsPerNode: key(integer(0, 255), 255, egress),
        snatFullyRandomPorts: key(v.nullable(flag), null, egress),
        uniqueMACForSubInterfaces: key(flag, true, egress),
      }),
      {},
    ),
    clusterPort: key(port(10_351), 10_351, later('gossip between agents')),
    memberlist: v.nullish(
      section({
        gossipVerifyOutgoing: key(flag, true, later('gossip between agents')),
        gossipVerifyIncoming: key(flag, true, later('gossip between agents')),
      }),
      {},
    ),
    enablePrometheusMetrics: key(flag, true, ignored('metrics are always there for those who may read them')),
    flowExporter: v.nullish(
      section({
        enable: key(flag, false, flows),
        flowCollectorAddr: key(text, 'flow-aggregator/flow-aggregator:14739:grpc', flows),
        flowPollInterval: key(duration, '5s', flows),
        activeFlowExportTimeout: key(duration, '5s', flows),
        idleFlowExportTimeout: key(duration, '15s', flows),
        protocolFilter: key(texts, [], flows),
      }),
      {},
    ),
    nodePortLocal: v.nullish(
      section({
        enable: key(flag, false, later('NodePortLocal')),
        portRange: key(portRange, '61000-62000', later('NodePortLocal')),
      }),
      {},
    ),
    dnsServerOverride: key(text, '', policies),
    fqdnCacheMinTTL: key(integer(0, 2_147_483_647), 0, policies),
    tlsCipherSuites: key(text, '', ignored("the agent's API has Node's own list")),
    tlsMinVersion: key(
      oneOf(['', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13']),
      '',
      ignored("the agent's API takes TLS 1.2 and later"),
    ),
    multicast: v.nullish(
      section({
        enable: key(flag, false, multicast),
        multicastInterfaces: key(interfaceNames, [], multicast),
        igmpQueryVersions: key(v.array(integer(1, 3), 'a list of versions, 1 to 3'), [1, 2, 3], multicast),
        igmpQueryInterval: key(duration, '125s', multicast),
      }),
      {},
    ),
    antreaProxy: v.nullish(
      section({
        enable: key(flag, true, proxy),
        proxyAll: key(flag, false, proxy),
        nodePortAddresses: key(cidrs, [], proxy),
        skipServices: key(texts, [], proxy),
        proxyLoadBalancerIPs: key(flag, true, proxy),
        serviceProxyName: key(text, '', proxy),
        defaultLoadBalancerMode: key(oneOf(['nat', 'dsr'], {anyCase: true}), 'nat', proxy),
        disableServiceHealthCheckServer: key(flag, false, proxy),
        serviceHealthCheckServerBindAddress: key(text, '', proxy),
      }),
      {},
    ),
    multicluster: v.nullish(
      section({
        enableGateway: key(flag, false, multicluster),
        namespace: key(text, '', multicluster),
        enableStretchedNetworkPolicy: key(flag, false, multicluster),
        enablePodToPodConnectivity: key(flag, false, multicluster),
        trafficEncryptionMode: key(oneOf(['none', 'wireGuard'], {anyCase: true}), 'none', multicluster),
        wireGuard: v.nullish(section({port: key(port(51_821), 51_821, multicluster)}), {}),
      }),
      {},
    ),
    auditLogging: v.nullish(
      section({
        maxSize: key(integer(0, 1_000_000), 500, policies),
        maxBackups: key(integer(0, 1_000_000), 3, policies),
        maxAge: key(integer(0, 1_000_000), 28, policies),
        compress: key(flag, true, policies),
      }),
      {},
    ),
    secondaryNetwork: v.nullish(
      section({
        ovsBridges: sections(
          {
            bridgeName: key(text, '', later('SecondaryNetwork')),
            physicalInterfaces: key(interfaceNames, [], later('SecondaryNetwork')),
            enableMulticastSnooping: key(flag, false, later('SecondaryNetwork')),
          },
          later('SecondaryNetwork'),
        ),
      }),
      {},
    ),
    hostNetworkAcceleration: v.nullish(section({enable: key(flag, true, later('the flowtable of nftables'))}), {}),
    hostNetworkMode: key(
      oneOf(['iptables', 'nftables'], {anyCase: true}),
      'iptables',
      ignored('this agent always uses nftables'),
    ),
    clientConnection: connection,
    antreaClientConnection: connection,
    cniSocket: key(text, '/var/run/antrea/cni.sock', paths),
    ovsRunDir: key(text, '/var/run/openvswitch', paths),
    hostProcPathPrefix: key(text, '/host', paths),
    nodeType: key(oneOf(['k8sNode', 'externalNode']), 'k8sNode', fixed('it runs on Nodes of Kubernetes only')),
    externalNode: v.nullish(
      section({
        externalNodeNamespace: key(text, 'default', later('ExternalNode')),
        policyBypassRules: sections(
          {
            direction: key(text, '', later('ExternalNode')),
            protocol: key(text, '', later('ExternalNode')),
            cidr: key(cidr, '', later('ExternalNode')),
            port: key(integer(0, 65_535), 0, later('ExternalNode')),
          },
          later('ExternalNode'),
        ),
      }),
      {},
    ),
  },
  'a mapping of keys',
)

/** All values of antrea-agent.conf, those that our agent does not follow included. */
export type ConfigValues = v.InferOutput<typeof keys>

/** The same on every Node, or peers misunderstand each other: an AntreaNodeConfig may not change them. */
export const clusterWide: readonly string[] = [
  'apiPort',
  'clusterPort',
  'featureGates',
  'serviceCIDR',
  'serviceCIDRv6',
  'trafficEncryptionMode',
]
