import type {Mac} from '../../model/address.ts'
import {ofports} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, setOutPort, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {forward, goto, tableId} from './tables.ts'

/** One zone for tunnel, gateway and Pods, so that both directions of a connection are always seen. As Antrea's for IPv4. */
const zone = 65520
const cookie = cookieOf('base')

/** Every IPv4 packet belongs to a connection that remembers by which way it was opened. */
export function conntrackFlows({gateway, podCidr}: Pick<NodeWiring, 'gateway' | 'podCidr'>): readonly Flow[] {
  const state = forward('ConntrackZone', 'ConntrackState')
  const output = forward('ConntrackCommit', 'Output')
  const remember = 'exec(move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3])'
  const normal = {priority: priorities.normal, cookie}
  return [
    {...normal, table: tableId('ConntrackZone'), match: {ip: ''}, actions: [`ct(table=${state},zone=${zone})`]},
    {...normal, table: tableId('ConntrackState'), match: {ip: '', ct_state: '+inv+trk'}, actions: ['drop']},
    // Of what the Node translated this bridge may see one direction only: its own conntrack has judged it already.
    {
      table: tableId('ConntrackState'),
      priority: priorities.high,
      cookie,
      match: {ip: '', ct_state: '+inv+trk', ...where('source', 'gateway')},
      actions: [goto('ConntrackState', 'L3Forwarding')],
    },
    {
      ...normal,
      table: tableId('ConntrackCommit'),
      match: {ip: '', ct_state: '+new+trk'},
      actions: [`ct(commit,table=${output},zone=${zone},${remember})`],
    },
    ...repliesToGateway(gateway.mac),
    ...strangersToGateway({gateway, podCidr}),
  ]
}

/**
 * Answers to what the Node sent in go back through the Node, which may have translated addresses (kube-proxy's Services).
 * Not those that come from the gateway themselves: they have been there.
 */
function repliesToGateway(gateway: Mac): readonly Flow[] {
  const reply = {ip: '', ct_state: '+rpl+trk', ...where('connectionSource', 'gateway')}
  return (['tunnel', 'pod'] as const).map((source) => ({
    table: tableId('L3Forwarding'),
    priority: priorities.high,
    cookie,
    match: {...reply, ...where('source', source)},
    actions: [`set_field:${gateway}->eth_dst`, set('destination', 'gateway'), goto('L3Forwarding', 'L2ForwardingCalc')],
  }))
}

/**
 * TCP out of a tunnel that opens no connection and belongs to none that this bridge has seen. The other half went by the
 * underlay: two Nodes differ while a mode changes, or the connection is older than the mode. Had the Node translated its
 * address (kube-proxy's Services), then only the Node can turn the answer back; it sends on what it knows nothing of.
 * Nothing is remembered here: until the Node has sent the packet in, no side of the connection is known.
 */
function strangersToGateway({gateway, podCidr}: Pick<NodeWiring, 'gateway' | 'podCidr'>): readonly Flow[] {
  const fromTunnel = {tcp: '', nw_dst: podCidr, ...where('source', 'tunnel')}
  const actions = [
    `set_field:${gateway.mac}->eth_dst`,
    set('destination', 'gateway'),
    setOutPort(ofports.gateway),
    set('output', 'toPort'),
    goto('ConntrackState', 'Output'),
  ]
  return [
    {ct_state: '+new+trk', tcp_flags: '-syn'},
    // Open vSwitch calls it invalid when it has not seen what it answers.
    {ct_state: '+inv+trk', tcp_flags: '+syn+ack'},
  ].map((state) => ({
    table: tableId('ConntrackState'),
    priority: priorities.high,
    cookie,
    match: {...fromTunnel, ...state},
    actions,
  }))
}
