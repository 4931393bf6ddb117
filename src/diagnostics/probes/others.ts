import type {ApiServer} from '../../cluster/api.ts'
import {probeSessionsOfSet, translateProbeSession} from '../../cluster/probe-sessions.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ProbeSession, SteadyOrder} from '../../model/probe.ts'
import {type ProbeWindow, SteadyLedger} from './steady-ledger.ts'

/** What steady sessions tell to whoever reads along. */
export interface SeenProbe {
  readonly pairs: number
  /** Of each pair, at least. */
  readonly packetsPerSecond: number
  readonly windows: readonly ProbeWindow[]
}

const mostWindows = 120
/** Milliseconds after which a session that nobody renewed is taken for left behind; its agents end it later. */
const leftBehind = 25_000

/** Each call looks once at the steady sessions that somebody else runs; undefined: nobody does, or nobody may know. */
export function readAlong(
  api: Pick<ApiServer, 'list'>,
): (options: {readonly signal: AbortSignal; readonly own: readonly string[]}) => Promise<SeenProbe | undefined> {
  let known: {readonly names: string; readonly ledger: SteadyLedger} | undefined
  let windows: readonly ProbeWindow[] = []
  let [since, renewalBefore] = [performance.now(), -1]
  const isAlive = aliveness()
  return async ({signal, own}) => {
    const all = await steadySessions(api, signal)
    const sessions = othersOf(all, own).filter(isAlive)
    const [first] = sessions
    if (first === undefined) {
      known = undefined
      return undefined
    }
    const names = sessions.map(({name}) => name).join(' ')
    if (known?.names !== names) {
      known = {names, ledger: new SteadyLedger(sessions.flatMap(({order}) => order.pairs))}
      windows = []
      renewalBefore = -1
    }
    for (const {agents} of sessions) known.ledger.fold(agents)
    // The newest renewal is still being answered.
    const renewal = Math.max(0, Math.min(...sessions.map(({order}) => order.renewal)) - 1)
    if (renewal > renewalBefore) {
      const now = performance.now()
      // Two minutes of a thousand Nodes' pairs would be too much to keep.
      const {pairs: _pairs, ...seen} = known.ledger.window(renewal)
      const window = {milliseconds: Math.round(now - since), ...seen}
      // What was counted before anybody looked is no window.
      if (renewalBefore >= 0) windows = [...windows.slice(1 - mostWindows), window]
      ;[since, renewalBefore] = [now, renewal]
    }
    return {
      pairs: sessions.reduce((sum, {order}) => sum + order.pairs.length, 0),
      packetsPerSecond: rateOf(sessions),
      windows,
    }
  }
}

/** Two who look on at the same time need one session: the finer one stays, or the one with the first name. */
function othersOf(sessions: readonly SteadySession[], own: readonly string[]): readonly SteadySession[] {
  const ours = sessions.filter(({name}) => own.includes(name))
  const others = sessions.filter(({name}) => !own.includes(name))
  const [first] = ours
  if (first === undefined) return others
  const rate = rateOf(ours)
  return others.filter(
    ({name, order: {packetsPerSecond}}) => packetsPerSecond > rate || (packetsPerSecond === rate && name < first.name),
  )
}

function rateOf(sessions: readonly SteadySession[]): number {
  return Math.min(...sessions.map(({order}) => order.packetsPerSecond))
}

/** Whoever made it still counts it up, as far as one has seen. */
function aliveness(): (session: SteadySession) => boolean {
  const moved = new Map<string, {readonly renewal: number; readonly at: number}>()
  return ({name, order: {renewal}, agents}) => {
    const now = performance.now()
    const before = moved.get(name)
    if (before?.renewal !== renewal) moved.set(name, {renewal, at: now})
    const isEnded = Object.values(agents).some(({state}) => state === 'ended')
    return !isEnded && now - (moved.get(name)?.at ?? now) < leftBehind
  }
}

interface SteadySession extends ProbeSession {
  readonly order: SteadyOrder
}

async function steadySessions(api: Pick<ApiServer, 'list'>, signal: AbortSignal): Promise<readonly SteadySession[]> {
  const {items} = await api.list(probeSessionsOfSet(), {signal}).catch(noneIfNotKnown)
  return items.flatMap((item) => {
    const session = translateProbeSession(item)
    return session !== undefined && 'renewal' in session.order ? [{...session, order: session.order}] : []
  })
}

function noneIfNotKnown(error: unknown): {readonly items: readonly unknown[]} {
  if (error instanceof AntctlError && ['API_NOT_FOUND', 'API_FORBIDDEN'].includes(error.code)) return {items: []}
  throw error
}
