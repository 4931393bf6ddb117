import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../../cluster/api.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ProbePair} from '../../model/probe.ts'
import {planLight, planSteady} from './plan.ts'
import {openResolution} from './resolution.ts'
import type {WindowOfPairs} from './steady-ledger.ts'
import {SessionSet} from './steady-set.ts'

/** All pairs of some Nodes, or a sample in which each Node sends and is sent to, probed for as long as it is open. */
export interface SteadyProbe extends AsyncDisposable {
  /**
   * What was lost since the last call, or the start: of all that was sent until now. Throws API_UNREACHABLE when the API
   * server is away; the next window has what this one would have had.
   */
  window(): Promise<SteadyWindow>
  readonly pairs: readonly ProbePair[]
  /** Ordered pairs that there are. */
  readonly allPairs: number
  /** Milliseconds from one window to the next that a cluster of this size carries for hours. */
  readonly interval: number
  /** Names of its sessions, as they are now. */
  sessions(): readonly string[]
}

export interface SteadyWindow extends WindowOfPairs {
  /** Milliseconds between two packets of a pair, as they were sent: shorter losses are not seen. */
  readonly resolution: number
}

export interface SteadyOptions {
  readonly nodes: readonly string[]
  readonly signal: AbortSignal
  /** Whose it is: sessions that it had before are taken away. */
  readonly owner?: string
  /** A few pairs, rarely: for who only looks on. */
  readonly light?: true
  /** Told as soon as there may be sessions: by this their names are known while the agents still begin. */
  readonly onBegin?: (sessions: () => readonly string[]) => void
}

/** An agent is asked once a second, rarer the more there are: each answer is a write for the API server. */
const answersPerSecond = 50
const [shortest, longest] = [1_000, 20_000]
const lightInterval = 2_000

/** Throws API_NOT_FOUND where the agents know no probes (upstream's), TIMEOUT when nobody takes part. */
export async function startSteadyProbe(
  api: ApiServer,
  {nodes, signal, owner, light, onBegin}: SteadyOptions,
): Promise<SteadyProbe> {
  const {orders, allPairs, resolution: planned} = light ? planLight(nodes) : planSteady(nodes)
  const interval = light
    ? lightInterval
    : Math.max(shortest, Math.min(longest, (nodes.length / answersPerSecond) * 1_000))
  const resolution = openResolution(planned)
  await using undo = new AsyncDisposableStack()
  const set = undo.use(new SessionSet(api, orders, {signal, owner}))
  onBegin?.(() => set.names())
  await set.begin()
  void set.keepAlive(interval)
  const done = undo.move()
  return {
    window: async () => {
      const window = await set.window()
      return {...window, resolution: resolution(window)}
    },
    pairs: orders.flatMap((order) => order.pairs),
    allPairs,
    interval,
    sessions: () => set.names(),
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** A window each interval until the signal fires; the API server may be away meanwhile. */
export async function* windowsOf(
  probe: SteadyProbe,
  signal: AbortSignal,
  onTrouble: (error: AntctlError) => void,
): AsyncGenerator<SteadyWindow> {
  for (;;) {
    await sleep(probe.interval, undefined, {signal}).catch(() => undefined)
    if (signal.aborted) return
    try {
      yield await probe.window()
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof AntctlError) || error.code !== 'API_UNREACHABLE') throw error
      onTrouble(error)
    }
  }
}
