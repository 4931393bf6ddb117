import type {PeerNode} from '../../model/node.ts'
import {ofports} from '../../model/names.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, tableId} from './tables.ts'

const inPort = String(ofports.tunnel)
const classified = [set('source', 'tunnel'), set('rewriteMac', 'yes'), goto('Classifier', 'ConntrackZone')]

/** antrea-tun0, the same in every mode: receiving is not a mode. */
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
export function receivingFlow({transportIp}: PeerNode): Flow {
  return {
    table: tableId('Classifier'),
    priority: priorities.normal,
    cookie: cookieOf('tunnel', transportIp),
    match: {in_port: inPort, tun_src: transportIp},
    actions: classified,
  }
}
