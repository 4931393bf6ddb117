import type {PeerNode} from '../../model/node.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

const classified = [set('source', 'tunnel'), set('rewriteMac', 'yes'), goto('Classifier', 'ConntrackZone')]

/** Whatever comes out of a tunnel, the same in every mode: receiving is not a mode. */
export function tunnelFlows(): readonly Flow[] {
  return [
    {
      table: tableId('L3Forwarding'),
      priority: priorities.guard,
      cookie: cookieOf('tunnel'),
      match: {ip: '', ...where('source', 'tunnel')},
      actions: ['drop'],
    },
  ]
}

/** Only known peers may send through the tunnel. A peer with two podCIDRs still sends from one address. */
export function receivingFlows({transportIp}: PeerNode, {tunnels}: Pick<NodeWiring, 'tunnels'>): readonly Flow[] {
  return tunnels.map(({ofport}) => ({
    table: tableId('Classifier'),
    priority: priorities.normal,
    cookie: cookieOf('tunnel', transportIp),
    match: {in_port: String(ofport), tun_src: transportIp},
    actions: classified,
  }))
}
