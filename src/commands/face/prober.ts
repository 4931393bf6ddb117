import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {byName} from '../../model/order.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {ApiServer} from '../../cluster/api.ts'
import type {Session} from '../../cluster/session.ts'
import type {SeenProbe} from '../../diagnostics/probes/others.ts'
import type {ProbeSeen} from '../../ui/dash/facts.ts'
import {troubleOf} from '../../ui/dash/feed.ts'

export interface Prober extends AsyncDisposable {
  /** What is told of loss and round trips now, and by whom. */
  look(): Promise<ProbeSeen>
}

export interface ProberOptions {
  session(): Promise<Probeable>
  readonly signal: AbortSignal
  /** Why the agents may not be asked to send: only what others run is then read. */
  readonly quietly?: string | undefined
}

type Probeable = Pick<Session, 'infos'> & {readonly cluster: {readonly api: ApiServer}}

/** Milliseconds until it is tried again, and for taking the own session away: what stays ends by itself. */
const [pause, patience] = [60_000, 2_000]
const mostWindows = 120

/** Reads along with whoever probes; where nobody does, has the agents probe a few pairs for as long as it is open. */
export function openProber({session, signal: outer, quietly}: ProberOptions): Prober {
  // Whoever looks while it closes must have nobody asked to send any more.
  const closing = new AbortController()
  const signal = AbortSignal.any([outer, closing.signal])
  let others: Awaited<ReturnType<typeof othersOf>> | undefined
  let own: OwnProbe | undefined
  /** The process must not end before these have. */
  const ending: Promise<void>[] = []
  const endOwn = () => {
    if (own !== undefined) ending.push(own.end())
    own = undefined
  }
  let refused: {readonly error: AntctlError; readonly at: number} | undefined
  const ownNow = async (now: Probeable): Promise<ProbeSeen> => {
    const nodes = spreadNodes(now)
    if (nodes.length < 2) return nobody('there is no pair of Nodes')
    if (own?.failure !== undefined) refused = {error: own.failure, at: Date.now()}
    if (own?.failure !== undefined || own?.key !== nodes.join()) endOwn()
    if (refused !== undefined && Date.now() - refused.at < pause) return {by: 'nobody', why: troubleOf(refused.error)}
    refused = undefined
    own ??= await startOwn(now.cluster.api, nodes, signal)
    return own.seen()
  }
  return {
    look: async () => {
      const now = await session()
      others ??= await othersOf(now.cluster.api)
      const found = await others(own?.sessions() ?? [], now, signal)
      if (found === undefined) return quietly === undefined ? ownNow(now) : nobody(quietly)
      endOwn()
      return found
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      endOwn()
      await Promise.race([Promise.all(ending), sleep(patience, undefined, {ref: false})])
    },
  }
}

function nobody(sentence: string): ProbeSeen {
  return {by: 'nobody', why: {sentence}}
}

async function othersOf(api: ApiServer) {
  const {readAlong} = await import('../../diagnostics/probes/others.ts')
  const read = readAlong(api)
  let last: SeenProbe['windows'][number] | undefined
  let at: number | undefined
  return async (own: readonly string[], {infos}: Probeable, signal: AbortSignal): Promise<ProbeSeen | undefined> => {
    const found = await read({signal, own})
    if (found === undefined) return undefined
    if (found.windows.at(-1) !== last) at = Date.now()
    last = found.windows.at(-1)
    return {...found, by: 'others', allPairs: pairsOf(infos.length), ...(at !== undefined && {at})}
  }
}

/** Those of one network beside each other: whoever takes every tenth has some of each. */
function spreadNodes({infos}: Probeable): readonly string[] {
  const networkOf = (at: number) => infos[at]?.networkInfo.transportInterfaceIPs?.[0] ?? ''
  return [...infos.keys()]
    .toSorted((a, b) => byName(networkOf(a), networkOf(b)))
    .flatMap((at) => infos.slice(at, at + 1).map(nodeOf))
}

function pairsOf(nodes: number): number {
  return nodes * (nodes - 1)
}

interface OwnProbe {
  /** Whom it is for. */
  readonly key: string
  /** Why it came to an end. */
  readonly failure: AntctlError | undefined
  seen(): ProbeSeen
  sessions(): readonly string[]
  end(): Promise<void>
}

async function startOwn(api: ApiServer, nodes: readonly string[], outer: AbortSignal): Promise<OwnProbe> {
  const [{startSteadyProbe, windowsOf}, {planLight}, {explainRefusal, probingNeeded}] = await Promise.all([
    import('../../diagnostics/probes/steady.ts'),
    import('../../diagnostics/probes/plan.ts'),
    import('../../cluster/rights.ts'),
  ])
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const [order] = planLight(nodes).orders
  const {pairs = [], packetsPerSecond = 0} = order ?? {}
  let seen: Extract<ProbeSeen, {readonly by: 'us' | 'others'}> = {
    by: 'us',
    pairs: pairs.length,
    allPairs: pairsOf(nodes.length),
    packetsPerSecond,
    windows: [],
  }
  let failure: AntctlError | undefined
  let sessions: () => readonly string[] = () => []
  const run = async () => {
    const onBegin = (names: () => readonly string[]) => {
      sessions = names
    }
    await using probe = await startSteadyProbe(api, {nodes, signal, light: true, onBegin})
    for await (const window of windowsOf(probe, signal, () => undefined))
      seen = {...seen, windows: [...seen.windows.slice(1 - mostWindows), window], at: Date.now()}
  }
  const work = run().catch(async (error: unknown) => {
    if (!signal.aborted) failure = asKnown(await explainRefusal(api, error, signal, probingNeeded))
  })
  return {
    key: nodes.join(),
    get failure() {
      return failure
    },
    seen: () => seen,
    sessions: () => sessions(),
    end: async () => {
      stop.abort()
      await work
    },
  }
}

function asKnown(error: unknown): AntctlError {
  return error instanceof AntctlError ? error : new AntctlError('API_ANSWER', sentenceOf(error), {cause: error})
}
