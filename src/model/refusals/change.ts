import type {RefusalRow} from './row.ts'

/** Changes that antctl does not begin. */
export const changeRefusals = {
  'no-encap-unproved': {
    by: 'ours',
    sentence: 'noEncap comes in a later version: it needs routes that the underlay knows',
    cause: 'Across subnets packets with Pod addresses are lost where the routers do not know the podCIDRs.',
    remedy: ['antctl set-mode hybrid is the mode nearest to it'],
  },
  'agents-take-no-change': {
    by: 'ours',
    sentence: 'the agents of {nodes} do not take up a new mode while they run',
    cause: 'They are upstream Antrea, which reads its configuration at start only.',
    remedy: ['change trafficEncapMode in ConfigMap kube-system/antrea-config and restart the DaemonSet antrea-agent'],
  },
  'key-not-alone': {
    key: 'trafficEncapMode',
    by: 'ours',
    sentence: '{key} cannot be changed without touching more of antrea-agent.conf',
    cause: 'Comments and other keys are to stay byte for byte.',
    remedy: ['write {key}: {value} on a line of its own: {edit}'],
  },
} as const satisfies Record<string, RefusalRow>
