import type {ApiServer} from '../../cluster/api.ts'
import {probeSessionsOfSet, translateProbeSession} from '../../cluster/probe-sessions.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ProbeSession, SteadyOrder} from '../../model/probe.ts'
import {type ProbeWindow, SteadyLedger} from './steady-ledger.ts'

/** What steady sessions tell to whoever reads along. */
export interface SeenProbe {
  readonly pairs: number
  readonly windows: readonly ProbeWindow[]
}

const mostWindows = 120

/** Each call looks once at the steady sessions that somebody runs; undefined: nobody does, or nobody may know. */
export function readAlong(api: Pick<ApiServer, 'list'>): (signal: AbortSignal) => Promise<SeenProbe | undefined> {
  let known: {readonly names: string; readonly ledger: SteadyLedger} | undefined
  let windows: readonly ProbeWindow[] = []
  let [since, renewalBefore] = [performance.now(), -1]
  return async (signal) => {
    const sessions = await steadySessions(api, signal)
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
      const window = {milliseconds: Math.round(now - since), ...known.ledger.window(renewal)}
      // What was counted before anybody looked is no window.
      if (renewalBefore >= 0) windows = [...windows.slice(1 - mostWindows), window]
      ;[since, renewalBefore] = [now, renewal]
    }
    return {pairs: sessions.reduce((sum, {order}) => sum + order.pairs.length, 0), windows}
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
