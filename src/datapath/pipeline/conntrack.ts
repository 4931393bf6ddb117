import type {Mac} from '../../model/address.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {strangerFlows} from './strangers.ts'
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
    ...strangerFlows({gateway, podCidr}),
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
