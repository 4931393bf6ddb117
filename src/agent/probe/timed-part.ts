import {randomInt} from 'node:crypto'
import {publishProbeAgent} from '../../cluster/probe-sessions.ts'
import {type ProbeAgent, probeLoad, type TimedOrder} from '../../model/probe.ts'
import type {Board} from './board.ts'
import {endsOf, streamsTo} from './ends-of.ts'
import type {ProbeSessionsParts} from './sessions.ts'

/** Milliseconds that the others have to become ready. */
const patience = 15_000
/** Milliseconds that a session may last beyond its sending: whoever ordered it may be gone. */
const grace = 60_000

/** Sends for as long as it is ordered, tells what it saw, and returns what others send until the session is deleted. */
export async function takeTimedPart(
  name: string,
  order: TimedOrder,
  board: Board,
  {api, node, signal, open}: ProbeSessionsParts,
): Promise<void> {
  const {others, targets} = endsOf(node, order)
  await using end = await open(others, order.forms)
  const {addresses} = end
  const publish = (agent: ProbeAgent) => publishProbeAgent(api, name, node, agent)
  await publish({state: 'ready', addresses})
  const agents = () => board.now(name)?.agents ?? {}
  const areSettled = () => board.now(name) === undefined || targets.every((target) => agents()[target] !== undefined)
  await board.until(areSettled, AbortSignal.any([signal, AbortSignal.timeout(patience)]))
  const streams = targets.flatMap((to) => streamsTo(to, agents()[to], order.forms))
  const {packetsPerSecond, seconds, largest = end.mtu} = order
  const mtu = Math.min(largest, end.deviceMtu)
  const load = probeLoad(node, order)
  const work = {order: randomInt(2 ** 32), streams, packetsPerSecond, load, seconds, mtu}
  // Whoever ordered it may have lost interest.
  const over = board.gone(name, signal).then(() => undefined)
  const sent = streams.length === 0 ? [] : await Promise.race([over, end.send(work)])
  if (sent === undefined) return
  await publish({state: 'done', addresses, results: sent.map((result) => ({from: node, ...result}))})
  // Others may still send to this end.
  await board.gone(name, AbortSignal.any([signal, AbortSignal.timeout(seconds * 1_000 + grace)]))
}
