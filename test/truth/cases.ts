import type {Random} from '../long/sizes.ts'
import {testPods, type TestPod} from '../e2e/cluster.ts'
import {type FaultKind, faults} from './faults.ts'

export const modes = ['encap', 'hybrid', 'noEncap'] as const
export type Mode = (typeof modes)[number]
export const protocols = ['udp', 'tcp', 'icmp'] as const
export type Protocol = (typeof protocols)[number]

/** One packet to be judged by trace-packet and by captures on the wire. */
export interface TruthCase {
  readonly number: number
  readonly mode: Mode
  readonly protocol: Protocol
  /** A Pod, or its Node itself. */
  readonly from: {readonly pod: TestPod} | {readonly node: string}
  readonly to: {readonly pod: TestPod} | {readonly serviceOf: TestPod}
  readonly fault?: FaultKind
}

/** A third with a fault that somebody plants; by mode, because to change the mode takes longer than ten cases. */
export function truthCases(count: number, random: Random): readonly TruthCase[] {
  const cases = Array.from({length: count}, (_, number) => truthCase(number, random))
  return cases.toSorted((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode) || a.number - b.number)
}

function truthCase(number: number, random: Random): TruthCase {
  const mode = pick(modes, random)
  const pods: readonly TestPod[] = ['a', 'b', 'near', 'far']
  const sender = pick(pods, random)
  const receiver = pick(
    pods.filter((pod) => pod !== sender),
    random,
  )
  const kind = random()
  const from = kind < 0.15 ? {node: testPods[sender]} : {pod: sender}
  const isService = kind > 0.85
  const to = isService ? {serviceOf: receiver} : {pod: receiver}
  const crosses = testPods[sender] !== testPods[receiver]
  const wanted = random() < 0.6
  const fitting = faults.filter(({fits}) => fits({mode, isFar: isFar(sender, receiver), crosses, from, isService}))
  const fault = wanted && fitting.length > 0 ? pick(fitting, random).kind : undefined
  return {
    number,
    mode,
    protocol: isService ? 'tcp' : pick(protocols, random),
    from,
    to,
    ...(fault !== undefined && {fault}),
  }
}

export function describeCase({number, mode, protocol, from, to, fault}: TruthCase): string {
  const source = 'pod' in from ? from.pod : `Node ${from.node}`
  const destination = 'pod' in to ? to.pod : `Service of ${to.serviceOf}`
  return `${number}: ${mode}, ${protocol}, ${source} to ${destination}, ${fault ?? 'no fault'}`
}

export function nodeOfCase({from, to}: Pick<TruthCase, 'from' | 'to'>): {readonly from: string; readonly to: string} {
  return {
    from: 'pod' in from ? testPods[from.pod] : from.node,
    to: testPods['pod' in to ? to.pod : to.serviceOf],
  }
}

function isFar(a: TestPod, b: TestPod): boolean {
  return (testPods[a] === 'n3') !== (testPods[b] === 'n3')
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}
