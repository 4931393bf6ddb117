import {familyOf, type Ip, type Mac} from '../../model/address.ts'
import type {LocalPod} from '../../model/pod.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, setOutPort, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

/** A Pod of this Node: what it may send, and how packets find it. IPv4 only, until IPv6 has its own issue. */
export function podFlows(pod: LocalPod, gateway: Mac): readonly Flow[] {
  const ip = pod.ips.find((address) => familyOf(address) === 4)
  if (ip === undefined) return []
  return [...sending(pod, ip), ...receiving(pod, ip, gateway)]
}

function sending({ofport, mac}: LocalPod, ip: Ip): readonly Flow[] {
  const cookie = cookieOf('pod', ip)
  const inPort = {in_port: String(ofport)}
  return [
    {
      table: tableId('ARPSpoofGuard'),
      priority: priorities.normal,
      cookie,
      match: {arp: '', ...inPort, arp_spa: ip, arp_sha: mac},
      actions: [goto('ARPSpoofGuard', 'ARPResponder')],
    },
    // Asking for its own address it tells of itself (gratuitous ARP): every neighbour may know the address by another MAC.
    // By antrea-tun0 nothing leaves, where no flow has set a peer.
    {
      table: tableId('ARPResponder'),
      priority: priorities.high,
      cookie,
      match: {arp: '', ...inPort, arp_tpa: ip},
      actions: ['FLOOD'],
    },
    {
      table: tableId('Classifier'),
      priority: priorities.low,
      cookie,
      match: inPort,
      actions: [set('source', 'pod'), goto('Classifier', 'SpoofGuard')],
    },
    {
      table: tableId('SpoofGuard'),
      priority: priorities.normal,
      cookie,
      match: {ip: '', ...inPort, dl_src: mac, nw_src: ip},
      actions: [goto('SpoofGuard', 'ConntrackZone')],
    },
  ]
}

function receiving({ofport, mac}: LocalPod, ip: Ip, gateway: Mac): readonly Flow[] {
  const cookie = cookieOf('pod', ip)
  const routed = {
    table: tableId('L3Forwarding'),
    priority: priorities.localPod,
    cookie,
    actions: [
      `set_field:${gateway}->eth_src`,
      `set_field:${mac}->eth_dst`,
      set('destination', 'pod'),
      goto('L3Forwarding', 'L3DecTTL'),
    ],
  }
  return [
    {
      table: tableId('ARPResponder'),
      priority: priorities.normal,
      cookie,
      match: {arp: '', arp_tpa: ip},
      actions: [`output:${ofport}`],
    },
    {...routed, match: {ip: '', ...where('rewriteMac', 'yes'), nw_dst: ip}},
    // A neighbour that sends to the gateway all the same: routed here, without the detour through the kernel.
    {...routed, match: {ip: '', ...where('source', 'pod'), dl_dst: gateway, nw_dst: ip}},
    {
      table: tableId('L2ForwardingCalc'),
      priority: priorities.normal,
      cookie,
      match: {dl_dst: mac},
      actions: [setOutPort(ofport), set('output', 'toPort'), goto('L2ForwardingCalc', 'ConntrackCommit')],
    },
  ]
}
