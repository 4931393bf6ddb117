import {isGateOn} from '../config/feature-gates.ts'
import type {ConfigValues} from '../config/keys.ts'
import type {RefusalRow, Surroundings} from './row.ts'

/** Traffic modes, SNAT and what they ask of their surroundings. */
export const trafficRefusals = {
  'policy-only-not-yet': {
    key: 'trafficEncapMode',
    by: 'ours',
    sentence: 'trafficEncapMode networkPolicyOnly is not available yet',
    cause: 'It leaves the network to another CNI and enforces NetworkPolicies: it comes with them.',
    remedy: ['antctl set-mode encap', 'use one of encap, hybrid, noEncap'],
    when: ({values}) => values.trafficEncapMode === 'networkPolicyOnly',
  },
  'no-encap-needs-proxy': {
    key: 'trafficEncapMode',
    by: 'both',
    sentence: 'trafficEncapMode {trafficEncapMode} needs AntreaProxy, {proxy}',
    cause:
      'Without it kube-proxy sends Service packets on from the Node, past the Egress rules of NetworkPolicies in Open vSwitch.',
    remedy: [
      'set ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY=true in the DaemonSet and keep kube-proxy',
      'antctl set-mode encap',
    ],
    when: ({values, around}) =>
      values.trafficEncapMode !== 'encap' &&
      around.allowWithoutProxy === false &&
      !runsProxy(values, around) && {
        proxy: around.agent === 'upstream' ? 'which is off' : 'which is not available yet',
      },
  },
  'no-snat-needs-no-encap': {
    key: 'noSNAT',
    by: 'both',
    sentence: 'noSNAT is only possible with trafficEncapMode noEncap, not with {trafficEncapMode}',
    cause:
      'Where packets between Nodes are tunnelled the underlay knows no Pod addresses: answers from outside get lost.',
    remedy: ['antctl set-mode {trafficEncapMode} --snat', 'antctl set-mode noEncap --no-snat'],
    when: ({values}) => values.noSNAT && (values.trafficEncapMode === 'encap' || values.trafficEncapMode === 'hybrid'),
  },
  'azure-drops-pod-addresses': {
    key: 'trafficEncapMode',
    by: 'ours',
    sentence: 'trafficEncapMode hybrid does not work on Azure',
    cause: "Azure's network drops packets whose source is no address of the machine, between Nodes of one subnet too.",
    remedy: ['antctl set-mode encap', "noEncap works where Azure's route controller has routes for the podCIDRs"],
    when: ({values, around}) => values.trafficEncapMode === 'hybrid' && around.provider === 'azure',
  },
  'azure-routes-missing': {
    key: 'trafficEncapMode',
    by: 'ours',
    sentence: "trafficEncapMode noEncap needs Azure's routes, and its route controller has none for this Node",
    cause: 'Azure delivers packets for Pods by its route tables alone, between Nodes of one subnet, too.',
    remedy: [
      'antctl set-mode encap',
      'kubectl get nodes -o custom-columns=NAME:.metadata.name,ROUTES:.status.conditions[?(@.type=="NetworkUnavailable")].reason',
      'kubectl -n kube-system logs -l component=cloud-controller-manager --tail 20',
    ],
    when: ({values, around}) =>
      values.trafficEncapMode === 'noEncap' && around.provider === 'azure' && around.cloudRoutes === 'missing',
  },
  'encryption-needs-encap': {
    key: 'trafficEncryptionMode',
    by: 'both',
    sentence:
      'trafficEncryptionMode {trafficEncryptionMode} is only possible with trafficEncapMode encap, not with {trafficEncapMode}',
    cause: 'Only what is tunnelled is encrypted: part of the packets would travel in the clear.',
    remedy: ['antctl set-mode encap', 'set trafficEncryptionMode: none: {edit}'],
    when: ({values}) => values.trafficEncryptionMode !== 'none' && values.trafficEncapMode !== 'encap',
  },
  'encryption-not-yet': {
    key: 'trafficEncryptionMode',
    by: 'ours',
    sentence: 'trafficEncryptionMode {trafficEncryptionMode} is not available yet, only none',
    cause: 'Packets that are meant to be encrypted must not leave in the clear.',
    remedy: ['set trafficEncryptionMode: none: {edit}'],
    when: ({values}) => values.trafficEncryptionMode !== 'none',
  },
  'ipsec-needs-key': {
    key: 'trafficEncryptionMode',
    by: 'upstream',
    sentence: 'trafficEncryptionMode ipsec needs a key in the environment variable ANTREA_IPSEC_PSK',
    cause: 'Both ends of a pair prove who they are by it.',
    remedy: ['create the Secret antrea-ipsec and name it in the DaemonSet'],
    when: ({values, around}) =>
      values.trafficEncryptionMode === 'ipsec' &&
      values.ipsec.authenticationMode === 'psk' &&
      around.ipsecKey === false,
  },
  'ipsec-certificates-need-gate': {
    key: 'ipsec.authenticationMode',
    by: 'both',
    sentence: 'ipsec.authenticationMode cert needs the feature gate IPsecCertAuth',
    cause: 'Without it nobody signs the certificates.',
    remedy: ['set featureGates.IPsecCertAuth: true: {edit}', 'set ipsec.authenticationMode: psk'],
    when: ({values}) =>
      values.trafficEncryptionMode === 'ipsec' &&
      values.ipsec.authenticationMode === 'cert' &&
      !isGateOn(values.featureGates, 'IPsecCertAuth'),
  },
} as const satisfies Record<string, RefusalRow>

function runsProxy({antreaProxy, featureGates}: ConfigValues, {agent}: Surroundings): boolean {
  return agent === 'upstream' && antreaProxy.enable && isGateOn(featureGates, 'AntreaProxy')
}
