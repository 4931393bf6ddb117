import {setTimeout as sleep} from 'node:timers/promises'
import type {Session} from '../../cluster/session.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import type {ProbeResult} from '../../model/probe.ts'
import type {HeldWay, PairHeld, PairProbed, ProbedWay} from '../../ui/dash/pair-seen.ts'
import type {Asking} from './feeds.ts'

export interface Ends {
  readonly from: string
  readonly to: string
}

/** Looks at two Nodes and both ways between them. */
export interface PairLooks extends AsyncDisposable {
  /** Flow and route, as each of the two holds them. */
  held(ends: Ends): Promise<PairHeld>
  /** The two agents send for a second, in every form; what Pods send is not touched. */
  probed(ends: Ends): Promise<PairProbed>
}

/** Milliseconds for taking back what the agents were asked: what stays ends by itself. */
const patience = 2_000

export function openPairLooks({session, signal: outer}: Asking): PairLooks {
  const closing = new AbortController()
  const signal = AbortSignal.any([outer, closing.signal])
  const underWay: Promise<unknown>[] = []
  let paths: readonly PairPath[] = []
  return {
    held: async (ends) => {
      const {settleEachNode} = await import('../../diagnostics/facts/each-node.ts')
      const {observePairs} = await import('../../diagnostics/paths/observe-pairs.ts')
      const {describeRoute} = await import('../../diagnostics/paths/route-lookup.ts')
      const now = await session()
      const {answers, failures} = await settleEachNode([ends.from, ends.to], (node) => observePairs(now, node), signal)
      paths = answers.flatMap(({answer}) => answer)
      const way = (path: PairPath): HeldWay => ({
        why: path.why,
        ...(path.flow !== undefined && {flow: path.flow}),
        ...(path.route !== undefined && {route: describeRoute(path.route)}),
      })
      const [there, back] = bothWays(ends, paths)
      return {
        ...(there !== undefined && {there: way(there)}),
        ...(back !== undefined && {back: way(back)}),
        silent: failures.map(({node, error}) => ({node, reason: error.message})),
      }
    },
    probed: async (ends) => {
      const probed = probe(await session(), ends, {paths, signal})
      underWay.push(probed)
      return probed
    },
    // The process must not end before its order is taken back.
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      await Promise.race([Promise.allSettled(underWay), sleep(patience, undefined, {ref: false})])
    },
  }
}

async function probe(
  {cluster}: Session,
  ends: Ends,
  {paths, signal}: {readonly paths: readonly PairPath[]; readonly signal: AbortSignal},
): Promise<PairProbed> {
  const [{probePairs}, {judgeProbes}, {explainRefusal, probingNeeded}] = await Promise.all([
    import('../../diagnostics/probes/run.ts'),
    import('../../diagnostics/paths/gather.ts'),
    import('../../cluster/rights.ts'),
  ])
  const wish = {nodes: [ends.from, ends.to], forms: ['live', 'routed', 'tunnelled'] as const, seconds: 1}
  const {results, silent} = await probePairs(cluster.api, wish, {signal}).catch(async (error: unknown) => {
    throw await explainRefusal(cluster.api, error, signal, probingNeeded)
  })
  const installed = bothWays(ends, paths)
  const [there, back] = [ends, {from: ends.to, to: ends.from}].map(({from, to}, at): ProbedWay | undefined => {
    const forms = results.filter((result) => result.from === from && result.to === to)
    const live = forms.find(isLive)
    return live && {...judgeProbes(live, forms, installed[at]?.class), live}
  })
  return {...(there !== undefined && {there}), ...(back !== undefined && {back}), silent, at: Date.now()}
}

function bothWays<Way extends Ends>(
  {from, to}: Ends,
  ways: readonly Way[],
): readonly [Way | undefined, Way | undefined] {
  const between = (a: string, b: string) => ways.find((way) => way.from === a && way.to === b)
  return [between(from, to), between(to, from)]
}

function isLive({form}: ProbeResult): boolean {
  return form === 'live'
}
