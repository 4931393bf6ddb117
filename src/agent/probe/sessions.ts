import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../../cluster/api.ts'
import {probeSessionsOf, publishProbeAgent, translateProbeSession} from '../../cluster/probe-sessions.ts'
import {watchCollection} from '../../cluster/watch.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {type ProbeForm, probeLimits, type ProbeSession} from '../../model/probe.ts'
import type {Log} from '../log.ts'
import {type Board, openBoard} from './board.ts'
import type {ProbeEndpoint} from './end.ts'
import {takeSteadyPart} from './steady-part.ts'
import {takeTimedPart} from './timed-part.ts'

export interface ProbeSessionsParts {
  /** This Node's end, towards these Nodes, for packets of these forms. */
  readonly open: (peers: readonly string[], forms: readonly ProbeForm[]) => Promise<ProbeEndpoint>
  readonly api: ApiServer
  readonly node: string
  readonly log: Log
  readonly signal: AbortSignal
  /** Milliseconds until a steady session that this Node could not take part in is tried again. */
  readonly pause?: number
  /** Milliseconds after which a steady session that nobody renews is over. */
  readonly unrenewed?: number
}

/** Follows the sessions that name this Node, a few at a time, until the signal fires. */
export function followProbeSessions(parts: ProbeSessionsParts): void {
  const {api, node, log, signal} = parts
  const seen = new Set<string>()
  const board = openBoard()
  const places = new Places()
  const collection = {
    path: probeSessionsOf(node),
    translate: (object: unknown) => {
      const value = translateProbeSession(object)
      return value && {key: value.name, value}
    },
  }
  void watchCollection(api, collection, {
    signal,
    onTrouble: (error) => log.debug({err: error}, 'watch of probe sessions'),
    onChange: (sessions) => {
      board.put(sessions)
      for (const name of seen) if (!sessions.has(name)) seen.delete(name)
      for (const session of sessions.values()) {
        if (seen.has(session.name)) continue
        seen.add(session.name)
        void begin(session, board, places, parts)
      }
    },
  })
}

/** What has this Node's part already was begun by a process before this one. */
async function begin(session: ProbeSession, board: Board, places: Places, parts: ProbeSessionsParts): Promise<void> {
  const {name, order} = session
  const before = session.agents[parts.node]?.state
  if ('renewal' in order) {
    if (before !== 'ended') await keepPart(session, board, places, parts)
    return
  }
  // Nobody should wait for its end.
  if (before === 'ready') return refuse(name, 'its agent was started anew meanwhile', parts)
  if (before !== undefined) return
  try {
    await places.take(name, () => takeTimedPart(name, order, board, parts))
  } catch (error) {
    await refuse(name, sentenceOf(error), parts)
  }
}

/** A steady session may wait: what keeps this Node from taking part now may be over in a moment. */
async function keepPart({name}: ProbeSession, board: Board, places: Places, parts: ProbeSessionsParts): Promise<void> {
  const {signal, pause = 5_000} = parts
  for (let told = ''; !signal.aborted; await sleep(pause, undefined, {signal}).catch(() => undefined)) {
    const order = board.now(name)?.order
    if (order === undefined || !('renewal' in order)) return
    try {
      const reason = await places.take(name, () => takeSteadyPart(name, order, board, parts))
      if (reason !== undefined) await publishReason(name, 'ended', reason, parts)
      return
    } catch (error) {
      const reason = sentenceOf(error)
      if (reason !== told) await refuse(name, reason, parts)
      told = reason
    }
  }
}

async function refuse(session: string, reason: string, parts: ProbeSessionsParts): Promise<void> {
  parts.log.warn({session, reason}, 'probe session refused')
  await publishReason(session, 'refused', reason, parts)
}

async function publishReason(
  session: string,
  state: 'refused' | 'ended',
  reason: string,
  {api, node}: ProbeSessionsParts,
): Promise<void> {
  await publishProbeAgent(api, session, node, {state, reason: reason.slice(0, 500)}).catch(() => undefined)
}

/** Of all that want to, as many take part as each still has packets enough of the budget. */
class Places {
  readonly #taken = new Set<string>()

  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#taken.size >= probeLimits.sessions) {
      throw new AntctlError(
        'MACHINE',
        `it takes part in sessions ${[...this.#taken].join(', ')}, and in no more at once`,
      )
    }
    this.#taken.add(name)
    try {
      return await work()
    } finally {
      this.#taken.delete(name)
    }
  }
}
