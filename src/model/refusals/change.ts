import type {RefusalRow} from './row.ts'

/** Changes that antctl does not begin. */
export const changeRefusals = {
  'fabric-unknown': {
    by: 'ours',
    sentence:
      'noEncap needs routes that are not there: {from} knows no way to {podCidr} of {to} but the tunnel, {pairs} such ways in all: {why}',
    cause:
      'Packets to other subnets are left to the routers: a Node without a route there, or a router without one back, loses them all.',
    remedy: [
      'ip route add {podCidr} via {router} metric 100 on {from}, where {router} is the way to {to}, or let a routing daemon do it',
      'ip route add {podCidr} via {peer} on the routers',
      'antctl set-mode noEncap --dry-run shows how a routing daemon tells them',
      'antctl set-mode hybrid tunnels between subnets alone',
    ],
  },
  'agents-take-no-change': {
    by: 'ours',
    sentence: 'the agents of {nodes} do not take up a new mode while they run',
    cause: 'They are upstream Antrea, which reads its configuration at start only.',
    remedy: ['change trafficEncapMode in ConfigMap kube-system/antrea-config and restart the DaemonSet antrea-agent'],
  },
  'node-says-otherwise': {
    by: 'ours',
    sentence: '{nodes} would not follow: their own AntreaNodeConfig says another trafficEncapMode or noSNAT',
    cause: 'What a Node is told by itself goes before the ConfigMap.',
    remedy: ['kubectl edit antreanodeconfig {first}', 'kubectl get antreanodeconfigs -o yaml'],
  },
  'key-not-alone': {
    key: 'trafficEncapMode',
    by: 'ours',
    sentence: '{key} cannot be changed without touching more of antrea-agent.conf',
    cause: 'Comments and other keys are to stay byte for byte.',
    remedy: ['write {key}: {value} on a line of its own: {edit}'],
  },
} as const satisfies Record<string, RefusalRow>
