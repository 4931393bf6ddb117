import {baseOf, type Ip} from '../../model/address.ts'
import type {PeerNode} from '../../model/node.ts'
import {ofports} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, setOutPort, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

type Place = Pick<NodeWiring, 'gateway' | 'podCidr'>

const table = tableId('ConntrackState')

/**
 * TCP out of a tunnel that opens no connection and belongs to none that this bridge has seen. The other half went by the
 * underlay: two Nodes differ while a mode changes, or the connection is older than the mode. Had the Node translated its
 * address (kube-proxy's Services), then only the Node can turn the answer back; it sends on what it knows nothing of.
 * Nothing is remembered here: until the Node has sent the packet in, no side of the connection is known.
 */
export function strangerFlows(place: Place): readonly Flow[] {
  return [
    {ct_state: '+new+trk', tcp_flags: '-syn'},
    // Open vSwitch calls it invalid when it has not seen what it answers.
    {ct_state: '+inv+trk', tcp_flags: '+syn+ack'},
  ].map((state) => ({
    table,
    priority: priorities.high,
    cookie: cookieOf('base'),
    match: {tcp: '', nw_dst: place.podCidr, ...where('source', 'tunnel'), ...state},
    actions: toTheNode(place),
  }))
}

/**
 * The same out of a tunnel from a peer to which this Node sends without one: while both send alike none comes, while they
 * differ it may be the answer of a Service's Pod, or to what the Node itself asked. The first answer by UDP or SCTP looks
 * like any first packet; ICMP's is called invalid.
 */
export function strangerFlowsOf({podCidr}: PeerNode, place: Place): readonly Flow[] {
  const rows = [
    {protocol: 'udp', ct_state: '+new+trk', priority: priorities.normal},
    {protocol: 'sctp', ct_state: '+new+trk', priority: priorities.normal},
    {protocol: 'icmp', ct_state: '+inv+trk', priority: priorities.high},
  ]
  return rows.map(({protocol, ct_state, priority}) => ({
    table,
    priority,
    cookie: cookieOf('peer', baseOf(podCidr)),
    match: {[protocol]: '', nw_src: podCidr, nw_dst: place.podCidr, ...where('source', 'tunnel'), ct_state},
    actions: toTheNode(place),
  }))
}

/** What a probe gets by the tunnel was sent by it on purpose, and is no answer to a Service's request. */
export function expectedFlow(ip: Ip, cookie: bigint): Flow {
  return {
    table,
    priority: priorities.probe,
    cookie,
    match: {ip: '', nw_dst: ip, ...where('source', 'tunnel'), ct_state: '+new+trk'},
    actions: [goto('ConntrackState', 'L3Forwarding')],
  }
}

/** What receives: such a flow is there before anything is sent another way. */
export function takesStrangers(flow: Flow): boolean {
  return flow.table === table
}

function toTheNode({gateway}: Place): readonly string[] {
  return [
    `set_field:${gateway.mac}->eth_dst`,
    set('destination', 'gateway'),
    setOutPort(ofports.gateway),
    set('output', 'toPort'),
    goto('ConntrackState', 'Output'),
  ]
}
