import {AntctlError} from '../model/errors.ts'
import {watchKernel} from '../datapath/machine/kernel-events.ts'
import {converge} from './converge.ts'
import type {EventLog} from './events.ts'
import {Foreign} from './foreign.ts'
import type {Log} from './log.ts'
import {type Reconciler, startReconciler} from './reconcile.ts'
import type {Figures} from './report/figures.ts'
import type {Live} from './session.ts'
import type {Store} from './state.ts'

export interface ConvergingParts {
  readonly store: Store
  readonly log: Log
  readonly events: EventLog
  readonly live: () => Live | undefined
  readonly figures: Figures
}

export interface Converging {
  readonly reconciler: Reconciler
  /** A pass that compares with the machine itself. */
  resync(): Promise<void>
  /** Another life of ovs-vswitchd, or its end. */
  watch(live: Live | undefined): void
  stop(): Promise<void>
}

/** Milliseconds between two full comparisons, a tenth more or less: Nodes must not all look at once. */
const resyncEvery = 60_000

/** The loop of passes: asked for by inputs and by what somebody else changes, and each minute a full comparison. */
export function startConverging({store, log, events, live, figures}: ConvergingParts): Converging {
  let due = false
  let watching: Promise<Disposable | undefined> = Promise.resolve(undefined)
  const reconciler = startReconciler({
    pass: async () => {
      const now = live()
      if (now === undefined) throw new AntctlError('OVSDB', 'Open vSwitch is not ready')
      // Whoever changes something from here on is heard of.
      await watching
      const isResync = due
      due = false
      const repaired = await figures.passes.take(() => converge(now, {store, log, events}, {resync: isResync}))
      if (repaired !== undefined) figures.driftRepairs += 1
      foreign.passed(repaired)
    },
    onFailure: (error) => {
      // Without Open vSwitch the session loop tells why.
      if (live() === undefined) return
      store.update({dataplaneTrouble: error.message})
      log.error({err: error}, 'datapath not converged')
    },
  })
  const foreign = new Foreign({
    datapath: () => live()?.datapath,
    request: () => reconciler.request(),
    events,
    tell: (contested) => store.update({contested}),
  })
  const resync = () => {
    due = true
    return reconciler.request()
  }
  const timer = everyNowAndThen(resyncEvery, () => {
    if (live() !== undefined) void resync().catch(() => undefined)
  })
  const kernel = watchKernel((part) => foreign.sawKernel(part))
  return {
    reconciler,
    resync,
    watch: (now) => {
      const before = watching
      watching = before.then(async (watch) => {
        watch?.[Symbol.dispose]()
        return now?.openflow
          .watchFlows((change) => foreign.sawFlow(change))
          .catch((error: unknown) => {
            log.warn({err: error}, 'changes of flows by others are found by comparison only')
            return undefined
          })
      })
    },
    stop: () => {
      timer[Symbol.dispose]()
      kernel[Symbol.dispose]()
      foreign.stop()
      return reconciler.stop()
    },
  }
}

function everyNowAndThen(milliseconds: number, act: () => void): Disposable {
  let timer: NodeJS.Timeout
  const wait = (): void => {
    timer = setTimeout(run, milliseconds * (0.9 + Math.random() * 0.2))
  }
  const run = (): void => {
    act()
    wait()
  }
  wait()
  return {[Symbol.dispose]: () => clearTimeout(timer)}
}
