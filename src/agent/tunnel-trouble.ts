import type {Unreachable} from '../datapath/host/tunnel-ways.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import {needsTunnel} from '../model/traffic-mode.ts'
import type {Trouble} from './state.ts'

/** What people must know of peers that the mode sends tunnelled packets to, and that no tunnel reaches. */
export function tunnelTrouble({mode, peers}: NodeNetwork, unreachable: readonly Unreachable[]): Trouble {
  if (unreachable.length === 0) return undefined
  const reasons = new Map(unreachable.map(({ip, why}) => [ip, why]))
  const lost = peers.filter((peer) => needsTunnel(mode, peer) && reasons.has(peer.transportIp))
  const [first] = lost
  if (first === undefined) return undefined
  const more = lost.length > 1 ? ` and ${lost.length - 1} more` : ''
  const why = reasons.get(first.transportIp)
  return `no tunnel reaches ${first.name} (${first.transportIp})${more}: ${why}; ip route get ${first.transportIp} on this Node shows the route`
}
