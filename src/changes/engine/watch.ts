import type {Change} from '../../model/change.ts'
import type {Loss, PairCount} from '../../model/change-event.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ChangeCluster, ProbeLook, RunningProbe} from './cluster.ts'
import type {JournalKeeper} from './journal.ts'
import {openLedger} from './loss-ledger.ts'

/** The steady probe through a whole change, and what its losses mean. */
export interface Watch {
  /** Begins, and anew where Nodes that were away then are there now. */
  begin(): Promise<void>
  /** From now on it belongs to this step. */
  enter(step: string): void
  /** Begins to count what was lost so far, if it is time to; what comes of it is told. */
  look(): void
  /** Waits until the fate of all that was sent until now is known; `goOn` throws to wait no longer. */
  settle(goOn: () => Promise<void>): Promise<void>
  /** Why what was lost is too much; undefined: it is not. */
  fault(goOn: () => Promise<void>): Promise<string | undefined>
  ofStep(): StepCount | undefined
  end(): Promise<void>
}

/** What was counted in a step, of all pairs and of each. */
export interface StepCount {
  readonly loss: Loss
  /** Those that lost most first, then the slowest. */
  readonly pairs: readonly PairCount[]
}

const shownPairs = 20
const slowestPairs = 5

type WatchCluster = Pick<ChangeCluster, 'startProbe' | 'presence' | 'answers' | 'now' | 'sleep'>

export function openWatch({id, plan}: Change, cluster: WatchCluster, journal: Pick<JournalKeeper, 'say'>): Watch {
  const ledger = openLedger(cluster)
  let probe: RunningProbe | undefined
  let probed: ReadonlySet<string> = new Set()
  let step = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  /** A window takes until the fate of all packets is known: other work goes on meanwhile. */
  let looking: Promise<unknown> | undefined
  const end = async () => {
    const ending = probe
    probe = undefined
    await ending?.[Symbol.asyncDispose]()
  }
  const begin = async (nodes: readonly string[]) => {
    await end()
    probe = await cluster.startProbe(nodes, id)
    probed = new Set(nodes)
  }
  const take = (seen: ProbeLook) => {
    const {silent, resolution} = seen
    for (const {node} of silent) ledger.forget(node)
    ledger.add(seen)
    const worst = ledger.worst().slice(0, shownPairs)
    const slowest = ledger.pairsSinceMark().filter(({lost, roundTrip}) => lost === 0 && roundTrip !== undefined)
    journal.say({
      event: 'probe',
      step,
      ...ledger.total(),
      ofStep: ledger.sinceMark(),
      worst,
      slowest: slowest.slice(0, slowestPairs),
      resolution,
      silent: [...silent],
    })
  }
  /** While the API server is away the next window has what this one would have had. */
  const look = async (running: RunningProbe): Promise<'seen' | 'later'> => {
    lookedAt = cluster.now()
    try {
      take(await running.window())
      return 'seen'
    } catch (error) {
      if (probe !== running) return 'seen'
      if (error instanceof AntctlError && error.code === 'API_UNREACHABLE') return 'later'
      throw error
    }
  }
  const settle = async (goOn: () => Promise<void>) => {
    await looking?.catch(() => undefined)
    const running = probe
    if (running === undefined) return
    while ((await look(running)) === 'later') {
      await goOn()
      await cluster.sleep(1_000)
    }
  }
  /** Losses with Nodes that are away, or whose agents are, are those of their absence. */
  const forgetAbsent = async (goOn: () => Promise<void>) => {
    const suspects = new Set(ledger.worst().flatMap(({from, to}) => [from, to]))
    const away = new Set((await cluster.presence()).flatMap(({name, away}) => (away === undefined ? [] : [name])))
    let areAllHeard = true
    for (const node of suspects) {
      if (away.has(node)) ledger.forget(node)
      else areAllHeard &&= await cluster.answers(node)
    }
    // On a crowded machine an agent may only be slow: one that gives its next account was there, and what was lost counts.
    if (!areAllHeard) await settle(goOn)
  }
  return {
    begin: async () => {
      const here = (await cluster.presence()).filter(({away}) => away === undefined).map(({name}) => name)
      if (probe === undefined || here.some((node) => !probed.has(node))) await begin(here)
    },
    enter: (name) => {
      step = name
      ledger.mark()
    },
    look: () => {
      if (probe === undefined || looking !== undefined || cluster.now() - lookedAt < probe.interval) return
      looking = look(probe).finally(() => {
        looking = undefined
      })
      // It comes up again when the step's word is asked for.
      looking.catch(() => undefined)
    },
    settle,
    fault: async (goOn) => {
      const {maxLoss} = plan.options
      if (maxLoss === 'report') return undefined
      if (ledger.counted() > maxLoss) await forgetAbsent(goOn)
      const lost = ledger.counted()
      if (lost <= maxLoss) return undefined
      const [worst] = ledger.worst()
      const where = worst === undefined ? '' : `, of them ${worst.lost} from ${worst.from} to ${worst.to}`
      return `${lost} of ${ledger.total().sent} probe packets were lost${where}; --max-loss allows ${maxLoss}`
    },
    ofStep: () => (probe === undefined ? undefined : {loss: ledger.sinceMark(), pairs: ledger.pairsSinceMark()}),
    end,
  }
}
