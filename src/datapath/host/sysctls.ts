import type {NodeWiring} from '../../model/node-network.ts'
import {names} from '../../model/names.ts'
import type {Sysctl} from './state.ts'

/** The same in every mode. Names: the kernel's Documentation/networking/ip-sysctl.rst and nf_conntrack-sysctl.rst. */
export function hostSysctls({transportDevice}: NodeWiring): readonly Sysctl[] {
  const gateway = names.gatewayPort
  return [
    {key: 'net/ipv4/ip_forward', value: '1'},
    // While two Nodes of a pair differ, answers come back by the other device.
    {key: conf(gateway, 'rp_filter'), value: '2'},
    {key: conf(transportDevice, 'rp_filter'), value: '2'},
    // A redirect would send a Pod past the bridge.
    {key: conf('all', 'send_redirects'), value: '0'},
    {key: conf(gateway, 'send_redirects'), value: '0'},
    // Without it the kernel answers for the gateway on the Pods' own veths (userspace datapath).
    {key: conf('all', 'arp_ignore'), value: '1'},
    // The ARP spoof guard knows the gateway by its own address only.
    {key: conf(gateway, 'arp_announce'), value: '2'},
    // Established connections whose one direction this Node does not see for a moment.
    {key: 'net/netfilter/nf_conntrack_tcp_be_liberal', value: '1'},
  ]
}

/** A device's name may hold a dot (eth1.100): with slashes as separators it needs no care. */
function conf(device: string, key: string): string {
  return `net/ipv4/conf/${device}/${key}`
}
