import {AntctlError} from '../../model/errors.ts'
import {type ProbeForm, probeLimits, type ProbePair, type SteadyOrder, type TimedOrder} from '../../model/probe.ts'

/** Below this a short loss would be missed: rather fewer pairs than a lower rate. */
export const leastRate = 50
/** More says little more, and costs the Nodes. */
const usefulRate = 250
/** For hours, rather less. */
const steadyRate = 100
/** Nodes of a steady session of a cluster where not all pairs can be probed. */
const groupSize = 4
/** For who looks on all day: it must cost nobody anything. */
const light = {rate: 10, nodes: 6} as const

export interface ProbePlan<Order> {
  readonly orders: readonly Order[]
  /** Ordered pairs that there are, of which `orders` have all or a sample. */
  readonly allPairs: number
  /** Milliseconds between two packets of a pair and form: shorter losses are not seen. */
  readonly resolution: number
}

export interface ProbeWish {
  readonly nodes: readonly string[]
  readonly forms: readonly ProbeForm[]
  readonly seconds: number
}

/**
 * All ordered pairs when the budget of an agent has room for them at the least rate; else each Node sends to as many others
 * as it has room for, and hears from as many, so that no podCIDR is left out. One order after the other is to be run.
 */
export function planProbes({nodes, forms, seconds}: ProbeWish): ProbePlan<TimedOrder> {
  const peers = Math.min(nodes.length - 1, roomFor(nodes, forms))
  const packetsPerSecond = Math.min(usefulRate, Math.floor(probeLimits.budget / (2 * forms.length * peers)))
  const pairs = nodes.flatMap((from, at) => distances(nodes.length, peers).map((far) => pairOf(nodes, from, at + far)))
  return {
    orders: chunks(pairs, probeLimits.pairs).map((part) => ({pairs: part, forms, packetsPerSecond, seconds})),
    allPairs: nodes.length * (nodes.length - 1),
    resolution: 1_000 / packetsPerSecond,
  }
}

/**
 * All ordered pairs, as Pods' packets go, when an agent's budget has room for them; else groups of a few Nodes, each taken from
 * the whole list, and all pairs within each: what an agent tells goes to all of its session. All orders are to run at once.
 */
export function planSteady(nodes: readonly string[]): ProbePlan<SteadyOrder> {
  const forms = ['live'] as const
  const groups = nodes.length - 1 <= roomFor(nodes, forms) ? 1 : Math.ceil(nodes.length / groupSize)
  const orders = Array.from({length: groups}, (_, group) => {
    const members = nodes.filter((__, at) => at % groups === group)
    const pairs = allPairs(members)
    const packetsPerSecond = Math.min(steadyRate, Math.floor(probeLimits.budget / (2 * (members.length - 1))))
    return {pairs, forms, packetsPerSecond, renewal: 0}
  })
  return {
    orders,
    allPairs: nodes.length * (nodes.length - 1),
    resolution: 1_000 / Math.min(...orders.map(({packetsPerSecond}) => packetsPerSecond)),
  }
}

/** All pairs of a few Nodes, spread over the list, rarely: whole seconds of loss are seen, and the round trip. */
export function planLight(nodes: readonly string[]): ProbePlan<SteadyOrder> {
  const count = Math.min(light.nodes, nodes.length)
  const members = Array.from({length: count}, (_, at) => nodes[Math.floor((at * nodes.length) / count)] ?? '')
  return {
    orders: [{pairs: allPairs(members), forms: ['live'], packetsPerSecond: light.rate, renewal: 0}],
    allPairs: nodes.length * (nodes.length - 1),
    resolution: 1_000 / light.rate,
  }
}

function allPairs(nodes: readonly string[]): readonly ProbePair[] {
  return nodes.flatMap((from) => nodes.flatMap((to) => (from === to ? [] : [{from, to}])))
}

/** Others to whom an agent may send at the least rate. */
function roomFor(nodes: readonly string[], forms: readonly ProbeForm[]): number {
  if (nodes.length < 2)
    throw new AntctlError('USAGE', 'there is no pair of Nodes to probe', {remedy: ['name two Nodes or more']})
  return Math.floor(probeLimits.budget / (2 * forms.length * leastRate))
}

/** Spread over the ring of Nodes: neighbours in the list are often neighbours in the network. */
function distances(nodes: number, peers: number): readonly number[] {
  const step = (nodes - 1) / peers
  return Array.from({length: peers}, (_, at) => 1 + Math.floor(at * step))
}

function pairOf(nodes: readonly string[], from: string, at: number): ProbePair {
  return {from, to: nodes[at % nodes.length] ?? from}
}

function chunks<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({length: Math.ceil(values.length / size)}, (_, at) => values.slice(at * size, (at + 1) * size))
}
