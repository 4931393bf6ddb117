import type {NodeWiring} from '../../model/node-network.ts'
import {type TunnelEnd, type TunnelForm, tunnelKind} from '../../model/tunnel.ts'
import {tunnelPlaces} from './tunnel-ports.ts'

/**
 * Milliseconds for which a new end only receives: so long the other Nodes may take to hear of the change. One that takes
 * longer loses what is sent to it until it has heard.
 */
const learning = 5_000
/** Milliseconds for which the end of before goes on receiving when this Node sends by the new one. */
const forgetting = 60_000

export interface Tunnels {
  readonly ends: NodeWiring['tunnels']
  /** Milliseconds until they will be others by themselves. */
  readonly next?: number
}

/** From the configured tunnel and the ends that are there: those to have at this moment (performance.now()). */
export type Handover = (wanted: TunnelForm, present: readonly TunnelEnd[], now: number) => Tunnels

/**
 * Another kind of tunnel comes by a second end, because Nodes change at different moments: first all receive by both, then
 * each sends by the new one, then the old one goes.
 */
export function openHandover(): Handover {
  /** What this process had last, the sending one first; nothing at its start, when it takes over whatever is there. */
  let last: readonly string[] | undefined
  let begun: {readonly kind: string; readonly at: number} | undefined
  const choose: Handover = (wanted, present, now) => {
    const kind = tunnelKind(wanted)
    const same = present.find((end) => tunnelKind(end) === kind)
    // Somebody else may have made an end into another kind: nobody sends by that.
    const others = present.filter((end) => end !== same && (last?.includes(tunnelKind(end)) ?? true))
    // There is room for two: of an end that never sent nobody misses anything.
    const former = others.find((end) => tunnelKind(end) === last?.[0]) ?? others[0]
    const current = {...(same ?? freePlace(former)), ...wanted}
    if (former === undefined) {
      begun = undefined
      return {ends: [current]}
    }
    // One that is there already was received by all before, or this process has just come: then it sends at once. One
    // that Open vSwitch cannot make stays a beginner.
    if (same === undefined) begun = {kind, at: now}
    else if (begun?.kind !== kind) begun = {kind, at: now - learning}
    const age = now - begun.at
    if (age < learning) return {ends: [former, current], next: learning - age}
    if (age < learning + forgetting) return {ends: [current, former], next: learning + forgetting - age}
    begun = undefined
    return {ends: [current]}
  }
  return (...now) => {
    const tunnels = choose(...now)
    last = tunnels.ends.map(tunnelKind)
    return tunnels
  }
}

function freePlace(taken: TunnelEnd | undefined): Pick<TunnelEnd, 'name' | 'ofport'> {
  return tunnelPlaces[0].name === taken?.name ? tunnelPlaces[1] : tunnelPlaces[0]
}
