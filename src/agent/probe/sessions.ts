import {randomInt} from 'node:crypto'
import type {ApiServer} from '../../cluster/api.ts'
import {probeSessionsOf, publishProbeAgent, translateProbeSession} from '../../cluster/probe-sessions.ts'
import {watchCollection} from '../../cluster/watch.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {type ProbeAgent, probeLimits, probeLoad, type ProbeSession} from '../../model/probe.ts'
import type {Log} from '../log.ts'
import type {ProbeEndpoint} from './end.ts'
import type {LoopResult, Stream} from './work.ts'

export interface ProbeSessionsParts {
  /** This Node's end, towards these Nodes. */
  readonly open: (peers: readonly string[]) => Promise<ProbeEndpoint>
  readonly api: ApiServer
  readonly node: string
  readonly log: Log
  readonly signal: AbortSignal
}

/** Milliseconds that the others have to become ready. */
const patience = 15_000
/** Milliseconds that a session may last beyond its sending: whoever ordered it may be gone. */
const grace = 60_000

/** Follows the sessions that name this Node, one at a time, until the signal fires. */
export function followProbeSessions(parts: ProbeSessionsParts): void {
  const {api, node, log, signal} = parts
  const seen = new Set<string>()
  const board = openBoard()
  let running: string | undefined
  const refuse = async ({name}: ProbeSession, reason: string): Promise<void> => {
    log.warn({session: name, reason}, 'probe session refused')
    await publishProbeAgent(api, name, node, {state: 'refused', reason}).catch(() => undefined)
  }
  const begin = async (session: ProbeSession): Promise<void> => {
    const isFirst = running === undefined
    if (isFirst) running = session.name
    try {
      if (!isFirst) throw new AntctlError('MACHINE', `it takes part in session ${running ?? ''}`)
      await takePart(session, board, parts)
    } catch (error) {
      await refuse(session, sentenceOf(error).slice(0, 500))
    } finally {
      if (isFirst) running = undefined
    }
  }
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
        const part = session.agents[node]
        // What has this Node's part already was begun by a process before this one: nobody should wait for its end.
        if (part === undefined) void begin(session)
        else if (part.state === 'ready') void refuse(session, 'its agent was started anew meanwhile')
      }
    },
  })
}

async function takePart({name, order}: ProbeSession, board: Board, parts: ProbeSessionsParts): Promise<void> {
  const {api, node, signal, open} = parts
  const load = probeLoad(node, order)
  if (load > probeLimits.budget)
    throw new AntctlError('USAGE', `it would send ${load} packets a second, more than ${probeLimits.budget}`)
  const pairs = order.pairs.filter(({from, to}) => from !== to && (from === node || to === node))
  const others = [...new Set(pairs.map(({from, to}) => (from === node ? to : from)))]
  const targets = [...new Set(pairs.flatMap(({from, to}) => (from === node ? [to] : [])))]
  await using end = await open(others)
  const {addresses} = end
  const publish = (agent: ProbeAgent) => publishProbeAgent(api, name, node, agent)
  await publish({state: 'ready', addresses})
  const agents = await board.settled(name, targets, AbortSignal.any([signal, AbortSignal.timeout(patience)]))
  const streams = targets.flatMap((to) => streamsTo(to, agents[to], order.forms))
  // Whoever ordered it may have lost interest.
  const over = board.gone(name, signal).then(() => undefined)
  const sent = streams.length === 0 ? [] : await Promise.race([over, sendAll(end, {...order, streams})])
  if (sent === undefined) return
  await publish({state: 'done', addresses, results: sent.map((result) => ({from: node, ...result}))})
  // Others may still send to this end.
  await board.gone(name, AbortSignal.any([signal, AbortSignal.timeout(order.seconds * 1_000 + grace)]))
}

function sendAll(
  end: ProbeEndpoint,
  {streams, packetsPerSecond, seconds}: ProbeSession['order'] & {readonly streams: readonly Stream[]},
): Promise<readonly LoopResult[]> {
  return end.send({order: randomInt(2 ** 32), streams, packetsPerSecond, seconds, mtu: end.mtu})
}

/** None to an end that is not there. */
function streamsTo(
  to: string,
  agent: ProbeAgent | undefined,
  forms: ProbeSession['order']['forms'],
): readonly Stream[] {
  if (agent === undefined || agent.state === 'refused') return []
  return [...new Set(forms)].map((form) => ({to, form, ip: agent.addresses[form]}))
}

/** The sessions as the API server told them last, for who waits for one to change. */
interface Board {
  put(sessions: ReadonlyMap<string, ProbeSession>): void
  /** The parts of all, as soon as these Nodes have one, or when the signal fires. */
  settled(name: string, nodes: readonly string[], signal: AbortSignal): Promise<ProbeSession['agents']>
  /** Resolves when the session is deleted, or the signal fires. */
  gone(name: string, signal: AbortSignal): Promise<void>
}

function openBoard(): Board {
  let now: ReadonlyMap<string, ProbeSession> = new Map()
  const waiting = new Set<() => void>()
  const until = async (isSo: () => boolean, signal: AbortSignal): Promise<void> => {
    while (!isSo() && !signal.aborted) {
      const {promise, resolve} = Promise.withResolvers<void>()
      waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), {once: true})
      await promise
      waiting.delete(resolve)
    }
  }
  return {
    put: (sessions) => {
      now = sessions
      for (const wake of waiting) wake()
    },
    settled: async (name, nodes, signal) => {
      const agents = () => now.get(name)?.agents ?? {}
      await until(() => !now.has(name) || nodes.every((node) => agents()[node] !== undefined), signal)
      return agents()
    },
    gone: (name, signal) => until(() => !now.has(name), signal),
  }
}
