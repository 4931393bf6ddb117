import {baseOf, type Ip, type Mac} from '../../model/address.ts'
import type {PeerNode} from '../../model/node.ts'
import {names} from '../../model/names.ts'
import {needsTunnel, type TrafficMode} from '../../model/traffic-mode.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

const answerTable = tableId('ARPResponder')
const routeTable = tableId('L3Forwarding')
const fromGateway = where('source', 'gateway')
const toTunnel = [set('destination', 'tunnel'), goto('L3Forwarding', 'L3DecTTL')]
const toGateway = [set('destination', 'gateway'), goto('L3Forwarding', 'L2ForwardingCalc')]
const wearVirtualMac = `set_field:${names.virtualMac}->eth_dst`

/** How packets reach the Pods of another Node. Of these flows only one depends on the mode. */
export function peerFlows(peer: PeerNode, gateway: Mac, mode: TrafficMode): readonly Flow[] {
  const cookie = cookieOf('peer', baseOf(peer.podCidr))
  const toPeerPods = {ip: '', nw_dst: peer.podCidr}
  const l3 = {table: routeTable, cookie}
  const tunnelled = byTunnel(peer, gateway)
  return [
    answerFor(peer.gatewayIp, cookie),
    {...l3, priority: priorities.gatewayToPeer, match: {...toPeerPods, ...fromGateway}, actions: tunnelled},
    {
      ...l3,
      priority: priorities.normal,
      match: toPeerPods,
      actions: needsTunnel(mode, peer) ? tunnelled : byRoute(gateway),
    },
  ]
}

export function byTunnel({transportIp}: PeerNode, gateway: Mac): readonly string[] {
  return [asSource(gateway), wearVirtualMac, `set_field:${transportIp}->tun_dst`, ...toTunnel]
}

/** The kernel routes it and counts the hop. */
export const byRoute = remembered((gateway: Mac): readonly string[] => [`set_field:${gateway}->eth_dst`, ...toGateway])

const asSource = remembered((gateway: Mac): string => `set_field:${gateway}->eth_src`)

/** The Node's onlink route asks for the peer's gateway: the answer is the MAC that packets wear inside a tunnel. */
function answerFor(ip: Ip, cookie: bigint): Flow {
  return {
    table: answerTable,
    priority: priorities.normal,
    cookie,
    match: {arp: '', arp_op: '1', arp_tpa: ip},
    actions: [...turnRound, `set_field:${ip}->arp_spa`, 'IN_PORT'],
  }
}

const turnRound = [
  'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
  `set_field:${names.virtualMac}->eth_src`,
  'set_field:2->arp_op',
  'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
  `set_field:${names.virtualMac}->arp_sha`,
  'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
]

/** There is one gateway: thousands of flows share its words instead of holding a copy each. */
function remembered<T>(make: (gateway: Mac) => T): (gateway: Mac) => T {
  let last: {readonly gateway: Mac; readonly made: T} | undefined
  return (gateway) => {
    if (last?.gateway !== gateway) last = {gateway, made: make(gateway)}
    return last.made
  }
}
