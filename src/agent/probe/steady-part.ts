import {randomInt} from 'node:crypto'
import {publishProbeAgent} from '../../cluster/probe-sessions.ts'
import {probeLimits, probeLoad, type ProbeSession, type SteadyOrder} from '../../model/probe.ts'
import type {Board} from './board.ts'
import type {ProbeEndpoint} from './end.ts'
import {endsOf, streamsTo} from './ends-of.ts'
import type {ProbeSessionsParts} from './sessions.ts'
import type {SteadyCount, SteadyStream, SteadyWork} from './work.ts'

interface SteadyPart {
  readonly name: string
  readonly order: SteadyOrder
  readonly work: SteadyWork
  readonly targets: readonly string[]
  readonly end: ProbeEndpoint
  readonly run: number
}

/** Sends to whoever is there until the session is deleted (then undefined), or nobody renews it (then the reason). */
export async function takeSteadyPart(
  name: string,
  order: SteadyOrder,
  board: Board,
  parts: ProbeSessionsParts,
): Promise<string | undefined> {
  const {others, targets} = endsOf(parts.node, order)
  await using end = await parts.open(others, order.forms)
  // An end that closes is told to no more; a thread that failed ends the part as well.
  const stop = new AbortController()
  const signal = AbortSignal.any([parts.signal, stop.signal])
  const {packetsPerSecond} = order
  const work = {order: randomInt(2 ** 32), packetsPerSecond, load: probeLoad(parts.node, order)}
  const part = {name, order, work, targets, end, run: randomInt(2 ** 32)}
  try {
    await publish(part, {renewal: 0, account: []}, parts)
    const following = followOthers(part, board, signal)
    return await Promise.race([answerRenewals(part, board, {...parts, signal}), following.then(() => undefined)])
  } finally {
    stop.abort()
  }
}

/** Others may come, go, and be started anew with other addresses. */
async function followOthers(
  {name, order, work, targets, end}: SteadyPart,
  board: Board,
  signal: AbortSignal,
): Promise<void> {
  const wanted = () => streamsIn(board.now(name), targets, order)
  for (let told: string | undefined; !signal.aborted && board.now(name) !== undefined;) {
    const streams = wanted()
    told = JSON.stringify(streams)
    end.direct(work, streams)
    await board.until(() => board.now(name) === undefined || JSON.stringify(wanted()) !== told, signal)
  }
}

function streamsIn(
  session: ProbeSession | undefined,
  targets: readonly string[],
  {forms}: SteadyOrder,
): readonly SteadyStream[] {
  return targets.flatMap((to) => {
    const agent = session?.agents[to]
    if (agent?.state !== 'running') return []
    return streamsTo(to, agent, forms).map((stream) => ({...stream, toRun: agent.run}))
  })
}

async function answerRenewals(part: SteadyPart, board: Board, parts: ProbeSessionsParts): Promise<string | undefined> {
  const {name} = part
  const {unrenewed = probeLimits.unrenewed * 1_000} = parts
  const renewal = () => renewalOf(board.now(name))
  for (let answered: number | undefined; ;) {
    const isRenewed = () => board.now(name) === undefined || renewal() !== answered
    await board.until(isRenewed, AbortSignal.any([parts.signal, AbortSignal.timeout(unrenewed)]))
    if (parts.signal.aborted || board.now(name) === undefined) return undefined
    if (renewal() === answered) return `nobody renewed it for ${unrenewed / 1_000} s`
    answered = renewal() ?? 0
    const account = await part.end.account(part.work.order)
    // An API server that is away takes the next account, which has all of this one but its gaps.
    await publish(part, {renewal: answered, account}, parts).catch((error: unknown) =>
      parts.log.debug({err: error, session: name}, 'account of a probe session'),
    )
  }
}

function renewalOf(session: ProbeSession | undefined): number | undefined {
  return session !== undefined && 'renewal' in session.order ? session.order.renewal : undefined
}

async function publish(
  {name, end: {addresses}, run}: SteadyPart,
  {renewal, account}: {readonly renewal: number; readonly account: readonly SteadyCount[]},
  {api, node}: ProbeSessionsParts,
): Promise<void> {
  const counts = account.map((count) => ({from: node, ...count}))
  await publishProbeAgent(api, name, node, {state: 'running', addresses, run, renewal, counts})
}
