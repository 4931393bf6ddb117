import {setTimeout as sleep} from 'node:timers/promises'
import {createProbeSession, deleteProbeSession, readProbeSession} from '../../cluster/probe-sessions.ts'
import type {ApiServer} from '../../cluster/api.ts'
import {byName} from '../../model/order.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ProbeAgent, ProbeOrder, ProbeResult, TimedOrder} from '../../model/probe.ts'
import {planProbes, type ProbeWish} from './plan.ts'

export interface ProbeOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** What the agents' probes saw. */
export interface ProbeReport {
  /** Sorted by pair, then as the forms were wished for. */
  readonly results: readonly ProbeResult[]
  /** Nodes whose agent took no part, each with its reason. */
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
  /** Ordered pairs that there are; of which `results` have all, or a sample in which each Node sends and is sent to. */
  readonly allPairs: number
  /** Milliseconds between two packets of a pair and form: shorter losses are not seen. */
  readonly resolution: number
}

/** Milliseconds for namespaces, flows and the search for the MTU, beside the sending itself. */
const preparation = 45_000
const pause = 250

/**
 * Has the agents of these Nodes send numbered packets to each other, in each of these forms, without touching what Pods
 * send. Throws API_NOT_FOUND where the agents know no probes
 * (upstream's), TIMEOUT when nobody takes part.
 */
export async function probePairs(api: ApiServer, wish: ProbeWish, options: ProbeOptions): Promise<ProbeReport> {
  const {orders, allPairs, resolution} = planProbes(wish)
  const found = await runOrders(api, orders, options)
  // Agents that have other sessions as well send less in each.
  const rarest = Math.min(...found.results.map(({sent}) => sent))
  const seen = rarest > 0 && rarest < Infinity ? Math.round((wish.seconds * 1_000) / rarest) : 0
  return {...found, allPairs, resolution: Math.max(resolution, seen)}
}

/** One after the other: each order may take the whole budget of an agent. */
export async function runOrders(
  api: ApiServer,
  orders: readonly TimedOrder[],
  options: ProbeOptions,
): Promise<Pick<ProbeReport, 'results' | 'silent'>> {
  const results: ProbeResult[] = []
  const silent = new Map<string, string>()
  for (const [at, order] of orders.entries()) {
    const part = orders.length === 1 ? '' : `, part ${at + 1} of ${orders.length}`
    options.onProgress?.(`the agents probe ${order.pairs.length} pairs for ${order.seconds} s${part}`)
    const agents = await runOrder(api, order, options.signal)
    for (const node of nodesOf(order)) {
      const agent = agents[node]
      if (agent?.state === 'done') results.push(...trusted(agent.results, node, order))
      else silent.set(node, agent?.state === 'refused' ? agent.reason : 'its agent gave no account')
    }
  }
  const forms = orders[0]?.forms ?? []
  const byForm = ({form}: ProbeResult) => forms.indexOf(form)
  results.sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to) || byForm(a) - byForm(b))
  return {results, silent: [...silent].map(([node, reason]) => ({node, reason}))}
}

/** Deleted also when it was interrupted: the agents end their part then. */
async function runOrder(
  api: ApiServer,
  order: TimedOrder,
  signal: AbortSignal,
): Promise<Readonly<Record<string, ProbeAgent>>> {
  signal.throwIfAborted()
  // Its answer is waited for: without the name nobody could delete it.
  const name = await createProbeSession(api, order, {timeout: 10_000}).catch(explain)
  try {
    return await awaitAgents(api, name, order, signal)
  } finally {
    await deleteProbeSession(api, name, {timeout: 10_000})
  }
}

export function explain(error: unknown): never {
  if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
  throw new AntctlError('API_NOT_FOUND', 'the agents of this cluster know no probe sessions', {
    remedy: ['antctl check reachability tries with Pods instead'],
    cause: error,
  })
}

/** Somebody else may do that to end it: the agents end their part at once, so that nobody should wait for them. */
function deleted(error: unknown): never {
  if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
  throw new AntctlError('API_NOT_FOUND', 'the probe session was deleted before it ended', {cause: error})
}

/** What the agents have published when all are done, or when no more is to be expected. */
async function awaitAgents(
  api: ApiServer,
  name: string,
  order: TimedOrder,
  signal: AbortSignal,
): Promise<Readonly<Record<string, ProbeAgent>>> {
  const nodes = nodesOf(order)
  const end = performance.now() + order.seconds * 1_000 + preparation
  for (;;) {
    signal.throwIfAborted()
    const agents = (await readProbeSession(api, name, {signal}).catch(deleted))?.agents ?? {}
    const isOver = nodes.every((node) => agents[node] !== undefined && agents[node].state !== 'ready')
    if (isOver) return agents
    if (performance.now() > end) {
      if (Object.keys(agents).length > 0) return agents
      throw new AntctlError('TIMEOUT', 'no agent took part in the probe session', {
        remedy: ['antctl get agentinfo', 'kubectl -n kube-system logs ds/antrea-agent -c antrea-agent'],
      })
    }
    await sleep(pause, undefined, {signal}).catch(() => undefined)
  }
}

/** An agent speaks of what it was asked to send, and of nothing else. */
function trusted(results: readonly ProbeResult[], node: string, {pairs, forms}: ProbeOrder): readonly ProbeResult[] {
  const asked = new Set(pairs.flatMap(({from, to}) => (from === node ? forms.map((form) => `${to} ${form}`) : [])))
  return results.filter(({from, to, form}) => from === node && asked.delete(`${to} ${form}`))
}

export function nodesOf({pairs}: ProbeOrder): readonly string[] {
  return [...new Set(pairs.flatMap(({from, to}) => [from, to]))]
}
