import {familyOf} from '../address.ts'
import {headroom, isTunnelType, leastMtu, tunnelPortOf} from '../tunnel.ts'
import {type ConfigFacts, type RefusalRow} from './row.ts'

/** Tunnels, their ports and the sizes of packets. */
export const tunnelRefusals = {
  'stt-unsupported': {
    key: 'tunnelType',
    by: 'ours',
    sentence: 'tunnelType stt cannot work',
    cause:
      'Kernels have no stt, and the userspace datapath of Open vSwitch cannot build its headers (native tunnel header build failed).',
    remedy: ['set tunnelType: geneve: {edit}'],
    when: ({values}) => values.tunnelType === 'stt',
  },
  'gre-needs-ipv4': {
    key: 'tunnelType',
    by: 'both',
    sentence: 'tunnelType gre is not possible over the IPv6 address {address}',
    cause: "The kernel's gre of Open vSwitch knows IPv4 between Nodes only; the userspace datapath's could do more.",
    remedy: ['set tunnelType: geneve: {edit}', 'antctl set-mode noEncap'],
    when: ({values, around}) => {
      const address = around.transport?.addresses.find(({ip}) => familyOf(ip) === 6)
      return (
        values.tunnelType === 'gre' && sendsThroughTunnels(values) && address !== undefined && {address: address.ip}
      )
    },
  },
  'tunnel-port-taken': {
    key: 'tunnelPort',
    by: 'ours',
    sentence: 'tunnelPort {port} is the port of {other}, which takes UDP, too',
    cause: 'Only one of the two would receive, and nothing says which.',
    remedy: ['take tunnelPort out: {edit}'],
    when: ({values}) => {
      const port = isTunnelType(values.tunnelType) ? tunnelPortOf(values.tunnelType, values.tunnelPort) : undefined
      const users = {
        clusterPort: values.clusterPort,
        ...(values.trafficEncryptionMode === 'wireGuard' && {'wireGuard.port': values.wireGuard.port}),
        ...(values.multicluster.enableGateway && {'multicluster.wireGuard.port': values.multicluster.wireGuard.port}),
      }
      const other = Object.entries(users).find(([, taken]) => taken === port)?.[0]
      return port !== undefined && other !== undefined && {port, other}
    },
  },
  'api-port-taken': {
    key: 'apiPort',
    by: 'ours',
    sentence: 'apiPort and clusterPort are both {apiPort}',
    cause: 'Both listen for TCP on every Node.',
    remedy: ['take one of them out: {edit}'],
    when: ({values}) => values.apiPort === values.clusterPort,
  },
  'mtu-does-not-fit': {
    key: 'defaultMTU',
    by: 'ours',
    sentence:
      'defaultMTU {defaultMTU} does not fit: the transport interface takes {mtu} bytes, less {headroom} for the tunnel',
    cause: 'Tunnelled packets are not fragmented: large ones would be lost while small ones pass.',
    remedy: [
      'set defaultMTU to {fits} or less, or to 0: {edit}',
      'ip link set mtu on the transport interface of every Node',
    ],
    when: (facts) => {
      const room = roomOf(facts)
      const {defaultMTU} = facts.values
      return room !== undefined && defaultMTU > room.mtu - room.headroom && {...room, fits: room.mtu - room.headroom}
    },
  },
  'mtu-too-small': {
    key: 'defaultMTU',
    by: 'ours',
    sentence: 'Pods would have an MTU of {podMtu}, and {least} is the least',
    cause: 'Every IPv4 host must take 576 bytes (RFC 791), every IPv6 link 1280 (RFC 8200).',
    remedy: ['set defaultMTU: 0: {edit}', 'ip link set mtu on the transport interface of every Node'],
    when: (facts) => {
      const room = roomOf(facts)
      const {defaultMTU} = facts.values
      const podMtu = defaultMTU === 0 ? room && room.mtu - room.headroom : defaultMTU
      const least = leastMtu(facts.around.podCidrs?.map(familyOf) ?? [])
      return podMtu !== undefined && podMtu < least && {podMtu, least}
    },
  },
} as const satisfies Record<string, RefusalRow>

function sendsThroughTunnels({trafficEncapMode}: ConfigFacts['values']): boolean {
  return trafficEncapMode === 'encap' || trafficEncapMode === 'hybrid'
}

/** The transport interface's MTU and what the tunnel takes of it, where both are known. */
function roomOf({values, around}: ConfigFacts): {readonly mtu: number; readonly headroom: number} | undefined {
  const {tunnelType, tunnelCsum, trafficEncapMode: mode} = values
  if (around.transport === undefined || !isTunnelType(tunnelType) || mode === 'networkPolicyOnly') return undefined
  const outer = around.transport.addresses.map(({ip}) => familyOf(ip))
  return {mtu: around.transport.mtu, headroom: headroom({mode, tunnelType, tunnelCsum, outer})}
}
