import {AntctlError} from '../../model/errors.ts'
import {networkOf} from '../../model/address.ts'
import type {UnderlayNode} from '../../diagnostics/paths/underlay.ts'

/** Nodes that change at a time. */
export interface PlanPhase {
  /** canary, batch 1, batch 2 … */
  readonly name: string
  readonly nodes: readonly string[]
}

export type BatchSize = {readonly nodes: number} | {readonly percent: number}

export interface PhaseWish {
  /** So many Nodes first, alone. */
  readonly canary: number
  readonly batch: BatchSize
}

/** A canary first, since one Node shows most faults; then quarters, so that four Nodes and a thousand take as many steps. */
export const defaultPhases: PhaseWish = {canary: 1, batch: {percent: 25}}

/** "5", or "25%" of the Nodes that change. */
export function parseBatch(text: string): BatchSize {
  const [, digits, percent] = /^(\d{1,5})(%?)$/u.exec(text.trim()) ?? []
  const count = Number(digits ?? 0)
  if (count > 0 && percent === '') return {nodes: count}
  if (count > 0 && count <= 100) return {percent: count}
  throw new AntctlError('USAGE', `${JSON.stringify(text)} is no size of a batch`, {
    remedy: ['--batch 5 is five Nodes at a time, --batch 25% a quarter of those that change'],
  })
}

/** Every Node of `changing` once. Those that are not ready come last: whoever waits for them has all others done. */
export function phasesOf(
  changing: readonly UnderlayNode[],
  {canary, batch}: PhaseWish,
  isReady: (node: string) => boolean,
): readonly PlanPhase[] {
  const spread = acrossSubnets(changing)
  const nodes = [...spread.filter(isReady), ...spread.filter((node) => !isReady(node))]
  const size = 'nodes' in batch ? batch.nodes : Math.max(1, Math.floor((nodes.length * batch.percent) / 100))
  const first = nodes.slice(0, canary)
  const rest = nodes.slice(canary)
  return [
    ...(first.length === 0 ? [] : [{name: 'canary', nodes: first}]),
    ...Array.from({length: Math.ceil(rest.length / size)}, (_, at) => ({
      name: `batch ${at + 1}`,
      nodes: rest.slice(at * size, (at + 1) * size),
    })),
  ]
}

/** One of each subnet in turn: a fault then meets a part of every subnet, not the whole of one. */
function acrossSubnets(nodes: readonly UnderlayNode[]): readonly string[] {
  const bySubnet = [
    ...Map.groupBy(nodes, ({transport: [own]}) => (own === undefined ? '' : networkOf(own.ip, own.prefix))).values(),
  ]
  const longest = Math.max(0, ...bySubnet.map((group) => group.length))
  return Array.from({length: longest}, (_, at) => bySubnet.flatMap((group) => group[at]?.name ?? [])).flat()
}
