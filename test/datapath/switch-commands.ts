import {type Ip, macFor} from '../../src/model/address.ts'
import {names, ofports} from '../../src/model/names.ts'

export interface Wires {
  readonly datapath: 'system' | 'netdev'
  readonly gateway: Ip
  readonly uplinkMac: string
}

/** ovs-vsctl's commands for a Node's bridges with their ports, as the agent would leave them. */
export function switchCommands({datapath, gateway, uplinkMac}: Wires): readonly string[] {
  const set = 'set Interface'
  // The userspace datapath builds tunnels only from addresses of its own bridges.
  const uplink = [
    'add-br br-phy',
    `set Bridge br-phy datapath_type=netdev other_config:hwaddr="${uplinkMac}"`,
    'add-port br-phy eth1',
  ]
  return [
    ...(datapath === 'netdev' ? uplink : []),
    'add-br br-int',
    `set Bridge br-int datapath_type=${datapath} fail_mode=secure protocols=OpenFlow15`,
    `add-port br-int ${names.gatewayPort}`,
    `${set} ${names.gatewayPort} type=internal ofport_request=${ofports.gateway} mac="${macFor(gateway)}" mtu_request=1500`,
    `add-port br-int ${names.tunnelPort}`,
    `${set} ${names.tunnelPort} type=geneve ofport_request=${ofports.tunnel} options:key=flow options:remote_ip=flow`,
  ]
}
