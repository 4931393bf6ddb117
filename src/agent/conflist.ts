import {setTimeout as sleep} from 'node:timers/promises'
import {type Bell, openBell} from './wiring/bell.ts'
import type {Log} from './log.ts'
import type {AgentState, Store} from './state.ts'

export interface ConflistParts {
  readonly store: Store
  readonly log: Log
  readonly signal: AbortSignal
  install(): Promise<void>
  withdraw(): Promise<void>
  /** Milliseconds without serving until the list is withdrawn. */
  readonly patience?: number
}

/** A restart of the agent or of Open vSwitch takes a second or two: that must not make the Node NotReady. */
const enough = 30_000
const pause = 1_000

/**
 * The container runtime has our list of plugins while this agent can serve, and no more when it could not for long: then
 * no Pod is placed here that would not start. An agent that ends leaves the list to the next one.
 */
export async function keepConflist({
  store,
  log,
  signal,
  install,
  withdraw,
  patience = enough,
}: ConflistParts): Promise<void> {
  using bell = openBell(signal)
  using stack = new DisposableStack()
  stack.defer(store.onChange((now, before) => canServe(now) !== canServe(before) && bell.ring()))
  let isThere: boolean | undefined
  for (; !signal.aborted; await bell.rung()) {
    try {
      if (canServe(store.now())) {
        if (isThere !== true) await install()
        isThere = true
        continue
      }
      if (isThere === false) continue
      if (await rungWithin(patience, bell, signal)) {
        bell.ring()
        continue
      }
      await withdraw()
      isThere = false
      log.warn('this agent could not serve for long: the container runtime is told')
    } catch (error) {
      if (signal.aborted) return
      log.error({err: error}, 'the list of CNI plugins could not be written')
      await sleep(pause, undefined, {signal}).catch(() => undefined)
      bell.ring()
    }
  }
}

async function rungWithin(milliseconds: number, bell: Bell, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController()
  try {
    return await Promise.race([
      bell.rung().then(() => true),
      sleep(milliseconds, false, {signal: AbortSignal.any([signal, over.signal])}),
    ])
  } finally {
    over.abort()
  }
}

/** Are Pods wired, and would a new one be? */
function canServe({ovsdbTrouble, openflowTrouble, dataplaneTrouble, wiringTrouble}: AgentState): boolean {
  return [ovsdbTrouble, openflowTrouble, dataplaneTrouble, wiringTrouble].every((trouble) => trouble === undefined)
}
