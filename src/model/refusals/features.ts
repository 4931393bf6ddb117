import {isGateOn} from '../config/feature-gates.ts'
import {changedKeys} from '../config/outline.ts'
import type {RefusalRow} from './row.ts'

/** Parts of Antrea that exclude each other, or that this agent does not have and could not leave out quietly. */
export const featureRefusals = {
  'key-fixed': {
    by: 'ours',
    sentence: '{key} cannot be changed in this agent: {why}',
    cause: 'Other programs rely on these names, and a key without effect looks as if it had one.',
    remedy: ['take {key} out: {edit}'],
    when: ({values}) => {
      for (const {path, fate} of changedKeys(values)) {
        if (fate !== undefined && 'fixed' in fate) return {key: path, why: fate.fixed}
      }
      return false
    },
  },
  'bridging-not-yet': {
    key: 'enableBridgingMode',
    by: 'ours',
    sentence: 'enableBridgingMode is not available yet',
    cause: "It puts the Node's own interface into the bridge of the Pods: the Node's network would be another one.",
    remedy: ['set enableBridgingMode: false: {edit}'],
    when: ({values}) => values.enableBridgingMode,
  },
  'bridging-needs-ipam': {
    key: 'enableBridgingMode',
    by: 'both',
    sentence: 'enableBridgingMode needs the feature gate AntreaIPAM',
    cause: 'Only Pods with addresses of an IPPool are bridged.',
    remedy: ['set featureGates.AntreaIPAM: true: {edit}', 'set enableBridgingMode: false'],
    when: ({values}) => values.enableBridgingMode && !isGateOn(values.featureGates, 'AntreaIPAM'),
  },
  'bridging-needs-no-encap': {
    key: 'enableBridgingMode',
    by: 'both',
    sentence: 'enableBridgingMode needs trafficEncapMode noEncap, not {trafficEncapMode}',
    cause: 'Bridged packets leave by the interface as they are.',
    remedy: ['antctl set-mode noEncap --no-snat', 'set enableBridgingMode: false: {edit}'],
    when: ({values}) => values.enableBridgingMode && values.trafficEncapMode !== 'noEncap',
  },
  'bridging-needs-no-snat': {
    key: 'enableBridgingMode',
    by: 'both',
    sentence: 'enableBridgingMode needs noSNAT: true',
    cause: 'Bridged Pods keep their own address towards the outside.',
    remedy: ['antctl set-mode noEncap --no-snat', 'set enableBridgingMode: false: {edit}'],
    when: ({values}) => values.enableBridgingMode && !values.noSNAT,
  },
  'multicast-excludes-encryption': {
    key: 'multicast.enable',
    by: 'both',
    sentence: 'multicast.enable is not possible with trafficEncryptionMode {trafficEncryptionMode}',
    cause: 'Copies for several Nodes cannot be encrypted for each.',
    remedy: ['set multicast.enable: false: {edit}'],
    when: ({values}) => values.multicast.enable && values.trafficEncryptionMode !== 'none',
  },
  'multicast-excludes-policy-only': {
    key: 'multicast.enable',
    by: 'both',
    sentence: 'multicast.enable is not possible with trafficEncapMode networkPolicyOnly',
    cause: 'Another CNI carries the packets.',
    remedy: ['set multicast.enable: false: {edit}'],
    when: ({values}) => values.multicast.enable && values.trafficEncapMode === 'networkPolicyOnly',
  },
  'nftables-need-gate': {
    key: 'hostNetworkMode',
    by: 'upstream',
    sentence: 'hostNetworkMode nftables needs the feature gate NFTablesHostNetworkMode',
    cause: 'Upstream has it as an alpha feature.',
    remedy: ['set featureGates.NFTablesHostNetworkMode: true: {edit}', 'set hostNetworkMode: iptables'],
    when: ({values}) =>
      values.hostNetworkMode === 'nftables' && !isGateOn(values.featureGates, 'NFTablesHostNetworkMode'),
  },
  'nftables-missing': {
    key: 'hostNetworkMode',
    by: 'upstream',
    sentence: 'hostNetworkMode nftables needs nftables on the Node',
    cause: 'The rules could not be written.',
    remedy: ['set hostNetworkMode: iptables: {edit}', 'modprobe nf_tables on the Node'],
    when: ({values, around}) => values.hostNetworkMode === 'nftables' && around.nft === false,
  },
  'dsr-needs-gate': {
    key: 'antreaProxy.defaultLoadBalancerMode',
    by: 'both',
    sentence: 'antreaProxy.defaultLoadBalancerMode dsr needs the feature gate LoadBalancerModeDSR',
    cause: 'Upstream has it as an alpha feature.',
    remedy: ['set featureGates.LoadBalancerModeDSR: true: {edit}', 'set antreaProxy.defaultLoadBalancerMode: nat'],
    when: ({values}) =>
      values.antreaProxy.defaultLoadBalancerMode === 'dsr' && !isGateOn(values.featureGates, 'LoadBalancerModeDSR'),
  },
  'dsr-needs-encap': {
    key: 'antreaProxy.defaultLoadBalancerMode',
    by: 'both',
    sentence: 'antreaProxy.defaultLoadBalancerMode dsr needs trafficEncapMode encap, not {trafficEncapMode}',
    cause: "The tunnel alone carries the client's address to the Node of the Pod.",
    remedy: ['antctl set-mode encap', 'set antreaProxy.defaultLoadBalancerMode: nat: {edit}'],
    when: ({values}) => values.antreaProxy.defaultLoadBalancerMode === 'dsr' && values.trafficEncapMode !== 'encap',
  },
  'multicluster-excludes-wireguard': {
    key: 'multicluster.enableGateway',
    by: 'both',
    sentence: 'multicluster.enableGateway is not possible with trafficEncryptionMode wireGuard',
    cause: 'The gateway tunnels once more what WireGuard has no tunnel for.',
    remedy: ['set trafficEncryptionMode: none: {edit}', 'set multicluster.enableGateway: false'],
    when: ({values}) => values.multicluster.enableGateway && values.trafficEncryptionMode === 'wireGuard',
  },
  'multicluster-encrypts-once': {
    key: 'multicluster.trafficEncryptionMode',
    by: 'both',
    sentence:
      'multicluster.trafficEncryptionMode wireGuard is not possible with trafficEncryptionMode {trafficEncryptionMode}',
    cause: 'Packets would be encrypted twice, and their size is reckoned for once.',
    remedy: ['set multicluster.trafficEncryptionMode: none: {edit}', 'set trafficEncryptionMode: none'],
    when: ({values}) =>
      values.multicluster.enableGateway &&
      values.multicluster.trafficEncryptionMode === 'wireGuard' &&
      values.trafficEncryptionMode !== 'none',
  },
  'stretched-policy-needs-gateway': {
    key: 'multicluster.enableStretchedNetworkPolicy',
    by: 'both',
    sentence: 'multicluster.enableStretchedNetworkPolicy needs multicluster.enableGateway',
    cause: 'The gateway tells which Pod of another cluster sent a packet.',
    remedy: ['set multicluster.enableGateway: true: {edit}', 'set multicluster.enableStretchedNetworkPolicy: false'],
    when: ({values}) => values.multicluster.enableStretchedNetworkPolicy && !values.multicluster.enableGateway,
  },
  'secondary-network-needs-ipam': {
    key: 'featureGates',
    by: 'both',
    sentence: 'the feature gate SecondaryNetwork needs AntreaIPAM',
    cause: 'Addresses of second interfaces come from IPPools.',
    remedy: ['set featureGates.AntreaIPAM: true: {edit}', 'set featureGates.SecondaryNetwork: false'],
    when: ({values}) =>
      isGateOn(values.featureGates, 'SecondaryNetwork') && !isGateOn(values.featureGates, 'AntreaIPAM'),
  },
  'secondary-bridge-one': {
    key: 'secondaryNetwork.ovsBridges',
    by: 'both',
    sentence: 'secondaryNetwork.ovsBridges names {bridges} bridges, and one is possible',
    cause: 'Second interfaces of Pods go to one bridge.',
    remedy: ['leave one of them: {edit}'],
    when: ({values}) => {
      const bridges = values.secondaryNetwork.ovsBridges.length
      return bridges > 1 && {bridges}
    },
  },
} as const satisfies Record<string, RefusalRow>
