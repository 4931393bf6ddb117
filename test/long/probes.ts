import {kubeconfigPath} from '../../lab/lab.ts'
import {connect} from '../../src/cluster/connect.ts'
import {createProbeSession, deleteProbeSession, readProbeSession} from '../../src/cluster/probe-sessions.ts'
import type {ProbeAgent, ProbeResult} from '../../src/model/probe.ts'
import {type NodeName, until} from './node.ts'

export interface Watched<T> {
  readonly result: T
  /** What the agents' own probes say of the same time; empty where none took part. */
  readonly probed: readonly Pick<ProbeResult, 'from' | 'to' | 'sent' | 'lost'>[]
  /** Milliseconds for which the work lasted longer than the probes. */
  readonly unwatched: number
}

/** Packets a second of each direction: beside all else, on two processors. */
const rate = 50
/** Milliseconds. */
const patience = 30_000

/**
 * While the agents' own probes send between two Nodes, as `antctl check probes` has them do. They begin before the work and
 * should end after it: their links come and go with them.
 */
export async function underProbes<T>(
  nodes: readonly [NodeName, NodeName],
  seconds: number,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  await using cluster = await connect({kubeconfig: kubeconfigPath})
  const {api} = cluster
  const [one, other] = nodes
  const pairs = [
    {from: one, to: other},
    {from: other, to: one},
  ]
  const order = {pairs, forms: ['live' as const], packetsPerSecond: rate, seconds}
  const options = () => ({signal: AbortSignal.timeout(patience)})
  const name = await createProbeSession(api, order, options())
  const parts = async (): Promise<readonly (ProbeAgent | undefined)[]> => {
    const session = await readProbeSession(api, name, options())
    return nodes.map((node) => session?.agents[node])
  }
  try {
    await until('the agents probe', async () => (await parts()).every((part) => part !== undefined))
    const start = performance.now()
    const result = await work()
    const unwatched = Math.max(0, performance.now() - start - seconds * 1000)
    await until('the probes end', async () => (await parts()).every((part) => part?.state !== 'ready'), {pause: 200})
    return {
      result,
      probed: (await parts()).flatMap((part) => (part?.state === 'done' ? part.results : [])),
      unwatched,
    }
  } finally {
    await deleteProbeSession(api, name, options())
  }
}

/** A sentence for each pair that lost something, or for probes that cannot judge. */
export function probeFaults({probed, unwatched}: Watched<unknown>): readonly string[] {
  return [
    ...(probed.length < 2 ? ['the agents did not probe both ways'] : []),
    ...(unwatched > 0 ? [`they ended ${unwatched.toFixed(0)} ms early`] : []),
    ...probed.filter(({lost}) => lost > 0).map(({from, to, lost, sent}) => `${from} to ${to}: ${lost} of ${sent} lost`),
  ]
}

export function describeProbes(watched: Watched<unknown>): string {
  const sent = watched.probed.reduce((sum, probe) => sum + probe.sent, 0)
  return `probes: ${probeFaults(watched).join('; ') || `0 of ${sent} lost`}`
}
