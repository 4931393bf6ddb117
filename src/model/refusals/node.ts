import {baseOf, type Cidr, contains, parseCidr} from '../address.ts'
import type {RefusalRow} from './row.ts'

/** What a Node lacks for a configuration. */
export const nodeRefusals = {
  'pod-cidr-missing': {
    by: 'both',
    sentence: 'the Node has no podCIDR',
    cause: 'Pods get their addresses from it.',
    remedy: [
      'start kube-controller-manager with --allocate-node-cidrs=true and --cluster-cidr',
      'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR',
    ],
    when: ({values, around}) => values.trafficEncapMode !== 'networkPolicyOnly' && around.podCidrs?.length === 0,
  },
  'service-range-overlaps': {
    key: 'serviceCIDR',
    by: 'ours',
    sentence: 'serviceCIDR {range} and the podCIDR {podCidr} overlap',
    cause: 'A Service and a Pod could have the same address.',
    remedy: ['set serviceCIDR to the --service-cluster-ip-range of kube-apiserver: {edit}'],
    when: ({values, around}) => {
      for (const range of [values.serviceCIDR, values.serviceCIDRv6]) {
        const podCidr = range === '' ? undefined : around.podCidrs?.find((cidr) => overlap(cidr, parseCidr(range)))
        if (podCidr !== undefined) return {range, podCidr}
      }
      return false
    },
  },
  'kernel-datapath-missing': {
    key: 'ovsDatapathType',
    by: 'ours',
    sentence: 'ovsDatapathType is system, but this kernel has no openvswitch module',
    cause: 'An explicit wish is honoured or refused: the userspace datapath costs throughput.',
    remedy: ['modprobe openvswitch on this Node', 'leave ovsDatapathType out: the userspace datapath is then taken'],
    when: ({values, around}) => values.ovsDatapathType === 'system' && around.kernelDatapath === false,
  },
  'userspace-datapath-of-upstream': {
    key: 'ovsDatapathType',
    by: 'upstream',
    sentence: 'ovsDatapathType {ovsDatapathType} is not supported by upstream Antrea',
    cause: 'Its agents take system alone.',
    remedy: ['leave ovsDatapathType out: {edit}'],
    when: ({values}) => values.ovsDatapathType === 'netdev',
  },
  'transport-interface-missing': {
    key: 'transportInterface',
    by: 'both',
    sentence: 'this Node has no transportInterface {name}',
    cause: 'The agent does not guess which network the other Nodes are in.',
    remedy: ['ip -brief address on the Node', 'set transportInterface: {edit}'],
  },
  'transport-address-missing': {
    key: 'transportInterface',
    by: 'ours',
    sentence: '{name} has no IPv4 address',
    cause: 'Peers send to it.',
    remedy: ['ip -brief address on the Node', 'set transportInterface: {edit}'],
  },
} as const satisfies Record<string, RefusalRow>

function overlap(a: Cidr, b: Cidr): boolean {
  return contains(a, baseOf(b)) || contains(b, baseOf(a))
}
