import type {NodeWiring} from '../../model/node-network.ts'
import {ofports} from '../../model/names.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, setOutPort, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

const cookie = cookieOf('gateway')
const normal = {priority: priorities.normal, cookie}

/** antrea-gw0: the Node's own port, by which local Pods meet the kernel and its routes. */
export function gatewayFlows({gateway, podCidr}: NodeWiring): readonly Flow[] {
  const inPort = String(ofports.gateway)
  return [
    {
      ...normal,
      table: tableId('ARPSpoofGuard'),
      match: {arp: '', in_port: inPort, arp_spa: gateway.ip, arp_sha: gateway.mac},
      actions: [goto('ARPSpoofGuard', 'ARPResponder')],
    },
    {
      ...normal,
      table: tableId('ARPResponder'),
      match: {arp: '', arp_tpa: gateway.ip},
      actions: [`output:${ofports.gateway}`],
    },
    {
      ...normal,
      table: tableId('Classifier'),
      match: {in_port: inPort},
      actions: [set('source', 'gateway'), goto('Classifier', 'SpoofGuard')],
    },
    // The Node forwards for others: any source address is its own affair.
    {
      ...normal,
      table: tableId('SpoofGuard'),
      match: {ip: '', in_port: inPort},
      actions: [goto('SpoofGuard', 'ConntrackZone')],
    },
    ...routes({gateway, podCidr}),
    {
      ...normal,
      table: tableId('L2ForwardingCalc'),
      match: {dl_dst: gateway.mac},
      actions: [setOutPort(ofports.gateway), set('output', 'toPort'), goto('L2ForwardingCalc', 'ConntrackCommit')],
    },
  ]
}

function routes({gateway, podCidr}: Pick<NodeWiring, 'gateway' | 'podCidr'>): readonly Flow[] {
  const table = tableId('L3Forwarding')
  const next = goto('L3Forwarding', 'L2ForwardingCalc')
  const toGateway = set('destination', 'gateway')
  const unlessFromTunnel = {ip: '', ...where('rewriteMac', 'no'), nw_dst: podCidr}
  return [
    {
      table,
      priority: priorities.high,
      cookie,
      match: {ip: '', nw_dst: gateway.ip},
      actions: [`set_field:${gateway.mac}->eth_dst`, toGateway, next],
    },
    // Between neighbours of one podCIDR the sender has asked for the MAC itself.
    {...normal, table, match: unlessFromTunnel, actions: [set('destination', 'pod'), next]},
    {
      table,
      priority: priorities.low,
      cookie,
      match: {ip: '', dl_dst: gateway.mac, ...where('source', 'pod')},
      actions: [toGateway, next],
    },
  ]
}
