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
  'way-cut': {
    by: 'ours',
    sentence: 'nothing passes from {from} to {to}, neither in the tunnel nor directly: {pairs}',
    cause: 'The way is cut already, or something between the Nodes drops all of it.',
    remedy: ['ping -c 3 {peer} on {from}', 'antctl check probes --nodes {from},{to} --forms live,routed,tunnelled'],
  },
  'way-drops-addresses': {
    by: 'ours',
    sentence: "the network drops packets with Pods' addresses from {from} to {to}, and passes the tunnel's: {pairs}",
    cause:
      'The Nodes are neighbours, so that only what is between them can refuse: a check of source addresses, or a filter.',
    remedy: [
      'switch off the check of source and destination addresses on the ports of {from} and {to}, and let filters pass the podCIDRs',
      'antctl set-mode encap keeps the tunnel',
    ],
  },
  'way-unknown-to-routers': {
    by: 'ours',
    sentence: 'the routers do not take packets from Pods on {from} to Pods on {to}, or the answers back: {pairs}',
    cause: 'Between subnets the routers must know every podCIDR, in both directions, and let it pass.',
    remedy: [
      'ip route add {podCidr} via {peer} on {router}',
      'ip route add {ownCidr} via {own} on the router of {to}',
      'antctl set-mode hybrid tunnels between subnets alone',
    ],
  },
  'way-blocks-tunnel': {
    by: 'ours',
    sentence: 'tunnelled packets do not pass from {from} to {to}, and direct ones do: {pairs}',
    cause: "Something between the Nodes drops the tunnel's packets.",
    remedy: [
      'let UDP 6081 (geneve), UDP 4789 (vxlan) or protocol 47 (gre), whichever tunnelType says, pass between {from} and {to}',
      'antctl check probes --nodes {from},{to} --forms tunnelled',
    ],
  },
  'way-lossy': {
    by: 'ours',
    sentence: 'more than a tenth of the packets is lost on the new way from {from} to {to}: {pairs}',
    cause: 'Pods would lose as many.',
    remedy: ['antctl check probes --nodes {from},{to} --forms routed,tunnelled --seconds 10'],
  },
  'way-too-small': {
    by: 'ours',
    sentence: 'the new way from {from} to {to} passes {mtu} bytes, and Pods would send {wanted}: {pairs}',
    cause: 'Large packets would be lost while small ones pass.',
    remedy: [
      'set defaultMTU: {mtu}: {edit}',
      'raise the MTU of what is between {from} and {to}, then run the command again',
    ],
  },
  'way-untold': {
    by: 'ours',
    sentence: 'the new way from {from} to {to} could not be tried: {why}: {pairs}',
    cause: 'What nobody has tried may lose every packet.',
    remedy: ['antctl get agentinfo', 'antctl check probes --nodes {from},{to}'],
  },
  'agents-take-no-change': {
    by: 'ours',
    sentence: 'the agents of {nodes} do not take up a new mode while they run, and others do',
    cause:
      'They are upstream Antrea, which reads its configuration at start only: two kinds of agents are no cluster of either.',
    remedy: ['change trafficEncapMode in ConfigMap kube-system/antrea-config and restart the DaemonSet antrea-agent'],
  },
  'upstream-nodes-alone': {
    by: 'upstream',
    sentence: "upstream's agents have one configuration for all Nodes: {nodes} cannot have a mode of their own",
    cause: 'The ConfigMap is all that they read.',
    remedy: ['antctl set-mode {mode} --dry-run shows the change of all Nodes, one after the other'],
  },
  'upstream-counts-no-loss': {
    by: 'upstream',
    sentence: "upstream's agents send no probes: nobody counts whether more than {maxLoss} packets are lost",
    cause: 'What cannot be kept is not promised.',
    remedy: ['antctl set-mode {mode} --max-loss report'],
  },
  'upstream-stale-routes': {
    by: 'upstream',
    sentence:
      "upstream's agents leave {routes} routes into the tunnel behind in noEncap, and Pods of {nodes} would lose all packets to other subnets",
    cause:
      'An agent that starts in noEncap does nothing about podCIDRs of other subnets: the onlink route of the mode before stays.',
    remedy: [
      'antctl set-mode noEncap --remove-stale-routes takes them away, Node by Node, as soon as each has changed',
      '{command}',
    ],
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
