import * as v from 'valibot'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import {antctlOk} from '../e2e/cluster.ts'

/** Every ordered pair of modes once, each beginning where the one before ends; the last ends where the first began. */
const circuit = ['encap', 'hybrid', 'encap', 'noEncap', 'hybrid', 'noEncap', 'encap'] as const

export interface Change {
  readonly from: TrafficMode
  readonly to: TrafficMode
}

export const everyChange: readonly Change[] = circuit.slice(1).map((to, at) => ({from: circuit[at] ?? to, to}))

/** The same circuit, begun at another of its changes. */
export function circuitFrom(start: number): readonly Change[] {
  return [...everyChange.slice(start), ...everyChange.slice(0, start)]
}

export interface Changed extends Change {
  /** Of the whole command, in milliseconds: plan, ConfigMap, all Nodes, and the proof on each. */
  readonly whole: number
  /** Milliseconds on each Node, from reading the configuration to flows and routes in force, as its agent reports it. */
  readonly nodes: Readonly<Record<string, number>>
}

const reportShape = v.object({
  plan: v.object({from: v.string()}),
  events: v.array(
    v.looseObject({
      event: v.string(),
      node: v.optional(v.string()),
      state: v.optional(v.string()),
      milliseconds: v.optional(v.number()),
    }),
  ),
})

/**
 * `antctl set-mode`, as a user runs it, but for the probes beforehand. What its own probes lose is told and turns nothing
 * back: beside the load of a test the machine itself may lose some, and it is the test that judges.
 */
export async function change({from, to}: Change): Promise<Changed> {
  const start = performance.now()
  const {plan, events} = v.parse(
    reportShape,
    JSON.parse(await antctlOk('set-mode', to, '--yes', '--no-preflight', '--max-loss', 'report', '-o', 'json')),
  )
  if (plan.from !== from) throw new Error(`the cluster ran ${plan.from}, not ${from}`)
  // The first proof of each Node is that of its change; later ones are of the ConfigMap, which changes nothing more.
  const proofs = events.flatMap(({event, node, state, milliseconds}): readonly [string, number][] =>
    event === 'node' && state === 'verified' && node !== undefined && milliseconds !== undefined
      ? [[node, milliseconds]]
      : [],
  )
  const nodes = new Map(proofs.toReversed())
  return {from, to, whole: performance.now() - start, nodes: Object.fromEntries(nodes)}
}

export function nameOf({from, to}: Change): string {
  return `${from} -> ${to}`
}

export function describeChanged(changed: Changed): string {
  const nodes = Object.entries(changed.nodes).map(([node, ms]) => `${node} ${ms.toFixed(0)}`)
  return `${nameOf(changed)} in ${(changed.whole / 1000).toFixed(1)} s, on ${nodes.join(', ')} ms`
}
