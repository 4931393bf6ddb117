import type {Mac} from '../../model/address.ts'
import type {PeerNode} from '../../model/node.ts'
import type {ProbeEnd} from '../../model/node-network.ts'
import {probeFormNames} from '../../model/probe.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {byRoute, byTunnel} from './peer.ts'
import {podFlows} from './pod.ts'
import {priorities} from './priorities.ts'
import {expectedFlow} from './strangers.ts'
import {tableId} from './tables.ts'

/**
 * The end of the probes of this Node: a Pod with three addresses, of which one follows the mode. What the other two send to
 * the peers of the session goes by their form in every mode.
 */
export function probeFlows(probe: ProbeEnd, peers: readonly PeerNode[], gateway: Mac): readonly Flow[] {
  const cookie = cookieOf('pod', probe.addresses.live)
  const asPod = probeFormNames.flatMap((form) => podFlows({...probe, ips: [probe.addresses[form]]}, gateway))
  const expected = probeFormNames.map((form) => expectedFlow(probe.addresses[form], cookie))
  const targets = new Set(probe.peers)
  const forced = peers
    .filter(({name}) => targets.has(name))
    .flatMap((peer) =>
      [
        {form: 'routed', actions: byRoute(gateway)} as const,
        {form: 'tunnelled', actions: byTunnel(peer, gateway)} as const,
      ].map(({form, actions}) => ({
        table: tableId('L3Forwarding'),
        priority: priorities.probe,
        cookie,
        match: {ip: '', nw_src: probe.addresses[form], nw_dst: peer.podCidr},
        actions,
      })),
    )
  // The three share a port and a MAC: those flows once.
  return [...new Map([...asPod, ...expected, ...forced].map((flow) => [placeOf(flow), {...flow, cookie}])).values()]
}

function placeOf({table, priority, match}: Flow): string {
  return `${table} ${priority} ${JSON.stringify(match)}`
}
