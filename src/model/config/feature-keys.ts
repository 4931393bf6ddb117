import * as v from 'valibot'
import {key, later, section, sections} from './fate.ts'
import {cidr, cidrs, duration, flag, integer, interfaceNames, oneOf, port, portRange, text, texts} from './kinds.ts'

/** Sections of antrea-agent.conf that belong to one feature each, with upstream's defaults. */
const ofEgress = later('Egress')
const ofExternalNode = later('ExternalNode')
const ofFlows = later('FlowExporter')
const ofMulticast = later('Multicast')
const ofMulticluster = later('Multicluster')
const ofNodePortLocal = later('NodePortLocal')
const ofPolicies = later('NetworkPolicy')
const ofProxy = later('AntreaProxy')
const ofSecondaryNetwork = later('SecondaryNetwork')

export const egress = section({
  exceptCIDRs: key(cidrs, [], ofEgress),
  maxEgressIPsPerNode: key(integer(0, 255), 255, ofEgress),
  snatFullyRandomPorts: key(v.nullable(flag), null, ofEgress),
  uniqueMACForSubInterfaces: key(flag, true, ofEgress),
})

export const flowExporter = section({
  enable: key(flag, false, ofFlows),
  flowCollectorAddr: key(text, 'flow-aggregator/flow-aggregator:14739:grpc', ofFlows),
  flowPollInterval: key(duration, '5s', ofFlows),
  activeFlowExportTimeout: key(duration, '5s', ofFlows),
  idleFlowExportTimeout: key(duration, '15s', ofFlows),
  protocolFilter: key(texts, [], ofFlows),
})

export const nodePortLocal = section({
  enable: key(flag, false, ofNodePortLocal),
  portRange: key(portRange, '61000-62000', ofNodePortLocal),
})

export const multicast = section({
  enable: key(flag, false, ofMulticast),
  multicastInterfaces: key(interfaceNames, [], ofMulticast),
  igmpQueryVersions: key(v.array(integer(1, 3), 'a list of versions, 1 to 3'), [1, 2, 3], ofMulticast),
  igmpQueryInterval: key(duration, '125s', ofMulticast),
})

export const antreaProxy = section({
  enable: key(flag, true, ofProxy),
  proxyAll: key(flag, false, ofProxy),
  nodePortAddresses: key(cidrs, [], ofProxy),
  skipServices: key(texts, [], ofProxy),
  proxyLoadBalancerIPs: key(flag, true, ofProxy),
  serviceProxyName: key(text, '', ofProxy),
  defaultLoadBalancerMode: key(oneOf(['nat', 'dsr'], {anyCase: true}), 'nat', ofProxy),
  disableServiceHealthCheckServer: key(flag, false, ofProxy),
  serviceHealthCheckServerBindAddress: key(text, '', ofProxy),
})

export const multicluster = section({
  enableGateway: key(flag, false, ofMulticluster),
  namespace: key(text, '', ofMulticluster),
  enableStretchedNetworkPolicy: key(flag, false, ofMulticluster),
  enablePodToPodConnectivity: key(flag, false, ofMulticluster),
  trafficEncryptionMode: key(oneOf(['none', 'wireGuard'], {anyCase: true}), 'none', ofMulticluster),
  wireGuard: v.nullish(section({port: key(port(51_821), 51_821, ofMulticluster)}), {}),
})

export const auditLogging = section({
  maxSize: key(integer(0, 1_000_000), 500, ofPolicies),
  maxBackups: key(integer(0, 1_000_000), 3, ofPolicies),
  maxAge: key(integer(0, 1_000_000), 28, ofPolicies),
  compress: key(flag, true, ofPolicies),
})

export const secondaryNetwork = section({
  ovsBridges: sections(
    {
      bridgeName: key(text, '', ofSecondaryNetwork),
      physicalInterfaces: key(interfaceNames, [], ofSecondaryNetwork),
      enableMulticastSnooping: key(flag, false, ofSecondaryNetwork),
    },
    ofSecondaryNetwork,
  ),
})

export const externalNode = section({
  externalNodeNamespace: key(text, 'default', ofExternalNode),
  policyBypassRules: sections(
    {
      direction: key(text, '', ofExternalNode),
      protocol: key(text, '', ofExternalNode),
      cidr: key(cidr, '', ofExternalNode),
      port: key(integer(0, 65_535), 0, ofExternalNode),
    },
    ofExternalNode,
  ),
})
