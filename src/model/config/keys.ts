import * as v from 'valibot'
import {featureGates} from './feature-gates.ts'
import {atStart, fixed, ignored, key, later, live, refusedBy, section} from './fate.ts'
import {
  antreaProxy,
  auditLogging,
  egress,
  externalNode,
  flowExporter,
  multicast,
  multicluster,
  nodePortLocal,
  secondaryNetwork,
} from './feature-keys.ts'
import {cidr, cidrs, flag, integer, interfaceName, oneOf, port, text, texts} from './kinds.ts'

const encryption = later('encryption between Nodes')
const gossip = later('gossip between agents')
const policies = later('NetworkPolicy')
const proxy = later('AntreaProxy')
const paths = fixed('the container has its own paths')
const ownConnection = ignored('this agent paces its own calls')

/** Of packets, in the words of docs/configuration.md. */
const modeLoses = 'nothing between Pods; noEncap across subnets needs the routes of the fabric'
const byTwoPorts =
  'nothing where all Nodes hear of it within 5 s: the agents send by the new port then, and receive by both'
const otherAddress = 'what peers send to the old address, until they know the new one'

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
    trafficEncapMode: key(
      oneOf(['encap', 'hybrid', 'noEncap', 'networkPolicyOnly'], {anyCase: true}),
      'encap',
      live(modeLoses),
    ),
    noSNAT: key(flag, false, live('nothing: established connections keep their address')),
    snatFullyRandomPorts: key(flag, false, live('nothing: established connections keep their port')),
    tunnelType: key(oneOf(['geneve', 'vxlan', 'gre', 'stt']), 'geneve', live(byTwoPorts)),
    tunnelPort: key(integer(0, 65_535), 0, live(byTwoPorts)),
    tunnelCsum: key(flag, false, live('nothing: a receiver takes both')),
    defaultMTU: key(
      integer(0, 65_000),
      0,
      live('nothing: who sends more than the new size without fragments hears of it (EMSGSIZE)'),
    ),
    logVerbosity: key(integer(0, 10), 0, live('nothing')),
    transportInterface: key(interfaceName, '', atStart(otherAddress)),
    transportInterfaceCIDRs: key(cidrs, [], atStart(otherAddress)),
    ovsDatapathType: key(
      oneOf(['', 'system', 'netdev']),
      '',
      atStart('what the Node forwards, until its bridge is made anew'),
    ),
    kubeAPIServerOverride: key(text, '', atStart('nothing')),
    apiPort: key(port(10_350), 10_350, atStart('nothing')),
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
    egress: v.nullish(egress, {}),
    clusterPort: key(port(10_351), 10_351, gossip),
    memberlist: v.nullish(
      section({
        gossipVerifyOutgoing: key(flag, true, gossip),
        gossipVerifyIncoming: key(flag, true, gossip),
      }),
      {},
    ),
    enablePrometheusMetrics: key(flag, true, ignored('metrics are always there for those who may read them')),
    flowExporter: v.nullish(flowExporter, {}),
    nodePortLocal: v.nullish(nodePortLocal, {}),
    dnsServerOverride: key(text, '', policies),
    fqdnCacheMinTTL: key(integer(0, 2_147_483_647), 0, policies),
    tlsCipherSuites: key(text, '', ignored("the agent's API has Node's own list")),
    tlsMinVersion: key(
      oneOf(['', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13']),
      '',
      ignored("the agent's API takes TLS 1.2 and later"),
    ),
    multicast: v.nullish(multicast, {}),
    antreaProxy: v.nullish(antreaProxy, {}),
    multicluster: v.nullish(multicluster, {}),
    auditLogging: v.nullish(auditLogging, {}),
    secondaryNetwork: v.nullish(secondaryNetwork, {}),
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
    externalNode: v.nullish(externalNode, {}),
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
  'tunnelPort',
  'tunnelType',
]
