import type {Session} from '../../cluster/session.ts'
import type {Trace} from '../../model/trace.ts'
import {flowKey} from '../../ui/dash/trace-stations.ts'
import type {Walk} from '../../ui/dash/walk.ts'
import type {Ends} from './pairs.ts'

/** What trace-packet finds between these two, and what the flows on the way have counted. */
export async function walkBetween(session: Session, ends: Ends, signal: AbortSignal): Promise<Walk> {
  const [{liveTraceSources}, {locate, podFinder}, {askAhead}, {tracePacket}, {tables}] = await Promise.all([
    import('../../diagnostics/facts/trace-sources.ts'),
    import('../../diagnostics/trace/locate.ts'),
    import('../../diagnostics/trace/ask-ahead.ts'),
    import('../../diagnostics/trace/trace-packet.ts'),
    import('../../diagnostics/flows/tables.ts'),
  ])
  const {cluster, infos, roads} = session
  const sources = liveTraceSources(roads, infos, {quiet: false})
  const words = {
    source: ends.from,
    destination: ends.to,
    namespace: cluster.namespace,
    family: 4,
    endpoints: 'all',
  } as const
  const {api} = cluster
  const request = await locate({words, api, pods: podFinder(api, signal), sources, signal})
  askAhead(request, sources)
  const trace = await tracePacket(request, sources)
  const asks = Object.fromEntries(tables.map((table) => [table.name, table.asks]))
  return {trace, asks, packets: await packetsOn(trace, session)}
}

/** Without them the walk is as good: a Node that does not tell is left out. */
async function packetsOn(trace: Trace, session: Session): Promise<ReadonlyMap<string, number>> {
  const {liveFlows} = await import('../../diagnostics/facts/live-flows.ts')
  const hops = trace.ways.flatMap((way) => [...way.hops, ...(way.reply?.hops ?? [])])
  const nodes = [...new Set(hops.flatMap((hop) => (hop.at === 'bridge' ? [hop.node] : [])))]
  const {answers} = await liveFlows(session, nodes, {}).catch(() => ({answers: []}))
  const counted = answers.flatMap(({node, answer}) =>
    answer.flatMap((flow): [string, number][] =>
      flow.packets === undefined ? [] : [[flowKey(node, flow), flow.packets]],
    ),
  )
  return new Map(counted)
}
