import type {PeerNode} from '../../model/node.ts'
import {ofports} from '../../model/names.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

/** antrea-tun0, the same in every mode: receiving is not a mode. Only known peers may send through it. */
export function tunnelFlows(peers: readonly PeerNode[]): readonly Flow[] {
  return [
    {
      table: tableId('L3Forwarding'),
      priority: priorities.guard,
      cookie: cookieOf('tunnel'),
      match: {ip: '', ...where('source', 'tunnel')},
      actions: ['drop'],
    },
    ...new Map(peers.map((peer) => [peer.transportIp, receive(peer)])).values(),
  ]
}

function receive({transportIp}: PeerNode): Flow {
  return {
    table: tableId('Classifier'),
    priority: priorities.normal,
    cookie: cookieOf('tunnel', transportIp),
    match: {in_port: String(ofports.tunnel), tun_src: transportIp},
    actions: [set('source', 'tunnel'), set('rewriteMac', 'yes'), goto('Classifier', 'ConntrackZone')],
  }
}
