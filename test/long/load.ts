import {echoPorts, servicePort} from '../../lab/toolbox-pod.ts'
import {type TestPod, testPods} from '../e2e/cluster.ts'
import {growth, type Overflows, socketDrops} from './overflows.ts'
import {paced} from './pace.ts'
import {shareSince, waitedForProcessors} from './pressure.ts'
import {describeLosses, processOf, type Sent, startSender} from './sender.ts'

/** One of the two Pods. */
export interface End {
  readonly pod: TestPod
  readonly ip: string
  /** ClusterIP of a Service that has this Pod alone. */
  readonly service: string
  /** The same, of one that takes UDP. */
  readonly questions: string
}

/** Both send, both echo. */
export type Couple = readonly [End, End]

export interface Stream {
  readonly program: readonly string[]
  readonly to: 'udp' | 'tcp' | 'service' | 'questions'
  /** Bytes of a packet or record. */
  readonly size: number
  /** Packets, records or connections a second, of the first end and of the second; 0: it sends nothing of its own. */
  readonly rates: readonly [number, number]
}

/**
 * What users' programs may have open between two Pods, both ways at once, at rates that two processors carry for a whole
 * cluster without a loss; a machine that shows that it does not has all go slower. Together they open a connection every 5 ms.
 */
export const streams = {
  'UDP at 1 kHz': {program: ['send'], to: 'udp', size: 64, rates: [1000, 100]},
  'UDP of 1400 bytes': {program: ['send'], to: 'udp', size: 1400, rates: [25, 25]},
  'UDP of 1400 bytes without DF': {program: ['send', '--fragment'], to: 'udp', size: 1400, rates: [25, 25]},
  'TCP records': {program: ['send'], to: 'tcp', size: 64, rates: [50, 50]},
  'bulk TCP': {program: ['send'], to: 'tcp', size: 16_384, rates: [16, 16]},
  'new connections': {program: ['connect'], to: 'tcp', size: 16, rates: [50, 50]},
  'new connections to a Service': {program: ['connect'], to: 'service', size: 16, rates: [50, 50]},
  'questions to a Service by UDP': {program: ['connect'], to: 'questions', size: 16, rates: [25, 25]},
} as const satisfies Readonly<Record<string, Stream>>

/** Records a second that no machine reaches. */
const unpaced = 1_000_000

/** As fast as it goes, and back: other streams beside it would lose packets to it alone. */
export const fullSpeed = {
  'bulk TCP at full speed': {program: ['send'], to: 'tcp', size: 16_384, rates: [unpaced, 0]},
} as const satisfies Readonly<Record<string, Stream>>

/**
 * Milliseconds for which nothing may be silent, and a stream that fills the way, and every queue on it, by itself; some 200
 * are one retransmission.
 */
const longestSilence = {paced: 1_000, unpaced: 2_000} as const

export interface Outcome {
  readonly stream: string
  readonly from: TestPod
  readonly rate: number
  readonly sent: Sent
}

export interface Load {
  readonly outcomes: readonly Outcome[]
  /** Percent of the time in which something waited for a processor; undefined where the kernel does not tell. */
  readonly pressure: number | undefined
  /** Packets that the machine was too busy to carry. */
  readonly overflows: Overflows
}

/** All these streams between two Pods, for as long as the work takes. */
export async function underLoad(
  [first, second]: Couple,
  kinds: Readonly<Record<string, Stream>>,
  work: () => Promise<unknown>,
): Promise<Load> {
  const pids = [await processOf(first.pod), await processOf(second.pod)] as const
  const nodes = [...new Set([testPods[first.pod], testPods[second.pod]])]
  const dropped = await socketDrops(nodes)
  const running = Object.entries(kinds).flatMap(([stream, {program, to, size, rates}]) =>
    ([0, 1] as const).flatMap((side) => {
      if (rates[side] === 0) return []
      const [from, peer] = side === 0 ? [first, second] : [second, first]
      const rate = rates[side] === unpaced ? unpaced : paced(rates[side])
      const args = [...targetOf(to, peer), '--rate', String(rate), '--size', String(size)]
      const end = startSender(from.pod, pids[side], [...program, ...args])
      return [{stream, from: from.pod, rate, end}]
    }),
  )
  const before = waitedForProcessors()
  const [worked] = await Promise.allSettled([work()])
  const pressure = shareSince(before)
  const outcomes = await Promise.all(running.map(async ({end, ...outcome}) => ({...outcome, sent: await end()})))
  if (worked.status === 'rejected') throw worked.reason
  return {outcomes, pressure, overflows: growth(dropped, await socketDrops(nodes))}
}

export function targetOf(to: Stream['to'], {ip, service, questions}: End): readonly string[] {
  if (to === 'service') return ['--tcp', `${service}:${servicePort}`]
  if (to === 'questions') return ['--udp', `${questions}:${servicePort}`]
  return [`--${to}`, `${ip}:${echoPorts[to]}`]
}

/** What was not as on a path that nobody disturbs, a sentence each. */
export function faultsOf({outcomes}: Load): readonly string[] {
  return outcomes.flatMap(({stream, from, rate, sent}) =>
    streamFaults(sent, rate).map((fault) => `${stream} from ${from}: ${fault}`),
  )
}

function streamFaults(sent: Sent, rate: number): readonly string[] {
  const {failures, losses} = sent
  const allowed = rate === unpaced ? longestSilence.unpaced : longestSilence.paced
  // Who is held up by the machine is silent by no fault of the path; who has no pace is always late.
  const isSilent = sent.longestGapMs > allowed && (rate === unpaced || sent.latestMs < allowed)
  return [
    ...(sent.received === 0 ? ['nothing came back'] : []),
    ...(sent.lost > 0 ? [`${sent.lost} of ${sent.sent} lost: ${describeLosses(losses, rate)}`] : []),
    ...(['duplicates', 'resets', 'reconnects', 'stalls', 'wrong'] as const).flatMap((fault) =>
      sent[fault] > 0 ? [`${sent[fault]} ${fault}`] : [],
    ),
    ...Object.entries(failures).map(([why, count]) => `${count} ${why}`),
    ...(isSilent ? [`silent for ${sent.longestGapMs.toFixed(0)} ms`] : []),
  ]
}

/** How many of a stream's packets were lost between these two moments, in milliseconds since the senders began. */
export function lostIn({outcomes}: Load, stream: string, [since, until]: readonly [number, number]): number {
  return outcomes
    .filter((outcome) => outcome.stream === stream)
    .flatMap(({sent, rate}) => sent.losses.map(([first, count]) => ({at: (1000 * first) / rate, count})))
    .filter(({at}) => at >= since && at < until)
    .reduce((sum, {count}) => sum + count, 0)
}

/** One line of what was sent, and one of each fault. */
export function describeLoad(load: Load): string {
  const {outcomes, pressure, overflows} = load
  const most = (of: (sent: Sent) => number) => Math.max(...outcomes.map(({sent}) => of(sent))).toFixed(0)
  const all = outcomes.reduce((sum, {sent}) => sum + sent.sent, 0)
  const lost = outcomes.reduce((sum, {sent}) => sum + sent.lost, 0)
  const late = `senders late by ${most(({latestMs}) => latestMs)} ms at most, processors wanted ${pressure?.toFixed(0) ?? '?'} % of the time`
  const line = `${lost} of ${all} lost; longest gap ${most(({longestGapMs}) => longestGapMs)} ms, slowest answer ${most(({rttMsMax}) => rttMsMax)} ms; ${late}`
  const full = Object.entries(overflows).map(([where, count]) => `${count} at ${where}`)
  const machine = full.length === 0 ? [] : [`  sockets of Open vSwitch that were full dropped ${full.join(', ')}`]
  return [line, ...faultsOf(load).map((fault) => `  ${fault}`), ...machine].join('\n')
}
