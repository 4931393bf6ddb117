import {gatewayOf} from '../../model/address.ts'
import type {TraceRequest} from '../../model/trace.ts'
import type {TraceSources} from './sources.ts'

/**
 * Asks both Nodes, at once and before the packet gets there, what every way between them comes to: each question is
 * remembered by `sources`, and the first opens the road. Who comes to a question hears of its failure.
 */
export function askAhead({source, destinations}: TraceRequest, sources: TraceSources): void {
  const nodes = new Set([source, ...destinations].flatMap(({node}) => node ?? []))
  for (const node of nodes) {
    sources.podInterfaces(node).catch(() => undefined)
    for (const peer of nodes) ahead(node, peer, sources)
  }
}

/** What the wire between two Nodes is judged by, once either way. */
function ahead(node: string, peer: string, {underlay, kernel}: TraceSources): void {
  const {transport, podCidrs} = underlay.nodes.find(({name}) => name === peer) ?? {transport: [], podCidrs: []}
  const [own, range] = [transport[0]?.ip, podCidrs[0]]
  const ask = (question: Parameters<typeof kernel>[1]) => kernel(node, question).catch(() => undefined)
  if (own !== undefined) void ask({destination: own})
  if (own !== undefined && node !== peer) void ask({destination: own, outer: true})
  if (range !== undefined && node !== peer) void ask({destination: gatewayOf(range)})
}
