import {AntctlError} from '../../model/errors.ts'
import type {Hop, OneWay} from '../../model/trace.ts'
import {throughBridge} from './through-bridge.ts'
import {throughKernel} from './through-kernel.ts'
import type {Ending, Journey, State, Step} from './journey.ts'

export interface Walked extends OneWay {
  /** Where it ended, and what it looked like then. */
  readonly last: State
  readonly doubts: readonly Required<Ending>[]
}

/** More places than any sound way has: a Service with a detour, over two Nodes, and as much again. */
const mostPlaces = 12

/** Follows one packet, one way, until it is delivered, dropped, lost or out of the cluster. */
export async function walk(journey: Journey): Promise<Walked> {
  const hops: Hop[] = []
  const doubts: Required<Ending>[] = []
  const seen = new Set<string>()
  let state: State = {place: journey.start, packet: journey.packet, crossing: 'none'}
  for (;;) {
    const where = JSON.stringify([state.place, state.packet.source, state.packet.destination])
    if (seen.has(where) || seen.size === mostPlaces) {
      const says = `it comes back to ${state.place.node} as it was there: a loop`
      return {verdict: 'broken', reason: reasonOf(hops, says), hops, doubts, last: state}
    }
    seen.add(where)
    const step = await passThrough(state, journey).catch((error: unknown) => untold(error, hops, journey))
    hops.push(...step.hops)
    if (step.doubt !== undefined) doubts.push(step.doubt)
    if ('verdict' in step.next) {
      const {verdict, says} = step.next
      return {verdict, reason: reasonOf(hops, says), hops, doubts, last: state}
    }
    state = step.next
  }
}

/** What is known until there is kept; who asked for the first step alone hears the error itself. */
function untold(error: unknown, hops: readonly Hop[], {isReply}: Journey): Step {
  const isOfAgent = error instanceof AntctlError && ['AGENT_ANSWER', 'AGENT_UNREACHABLE'].includes(error.code)
  if (!isOfAgent || (hops.length === 0 && !isReply)) throw error
  return {hops: [], next: {verdict: 'unknown', says: error.message}}
}

function passThrough(state: State, journey: Journey): Promise<Step> {
  const {place} = state
  return place.at === 'bridge' ? throughBridge(place, state, journey) : throughKernel(place, state, journey)
}

function reasonOf(hops: readonly Hop[], says: string | undefined): string {
  return [...hops.map((hop) => hop.says), ...(says === undefined ? [] : [says])].join('; ')
}
