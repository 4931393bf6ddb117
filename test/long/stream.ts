import {echoPorts} from '../../lab/toolbox-pod.ts'
import {type Kind, kinds, type TestPod} from '../e2e/cluster.ts'
import {paced} from './pace.ts'
import {shareSince, waitedForProcessors} from './pressure.ts'
import {describeLosses, processOf, type Sent, startSender} from './sender.ts'

/** What a pair's own sender says of its two streams. */
export interface Account {
  readonly udp: Sent
  readonly tcp: Sent
  readonly rates: {readonly udp: number; readonly tcp: number}
  /** Percent of the time in which something waited for a processor; undefined where the kernel does not tell. */
  readonly pressure: number | undefined
}

export type Ips = Readonly<Record<TestPod, string>>

export interface Pair {
  readonly kind: Kind
  /** Address of the Pod that echoes. */
  readonly to: string
}

/** Packets, records a second, where the machine carries them. */
const fullRates = {udp: 1000, tcp: 100} as const

/** Pod a sends numbered packets and one long stream of records to its peer for as long as the work takes. */
export async function underTraffic({to}: Pair, work: () => Promise<unknown>): Promise<Account> {
  const pid = await processOf('a')
  const rates = {udp: paced(fullRates.udp), tcp: paced(fullRates.tcp)}
  const streams = (['udp', 'tcp'] as const).map((protocol) => {
    const target = [`--${protocol}`, `${to}:${echoPorts[protocol]}`, '--rate', String(rates[protocol])]
    return startSender('a', pid, ['send', ...target])
  })
  const before = waitedForProcessors()
  let failure: unknown
  try {
    await work()
  } catch (error) {
    failure = error
  }
  const [udp, tcp] = await Promise.all(streams.map((end) => end()))
  if (failure !== undefined || udp === undefined || tcp === undefined) throw failure
  return {udp, tcp, rates, pressure: shareSince(before)}
}

export function isWhole({udp, tcp}: Account): boolean {
  return udp.lost === 0 && tcp.lost === 0 && tcp.resets === 0 && tcp.reconnects === 0
}

/** Milliseconds by which a sender on a machine that has time for it is never late. */
const longestHold = 100

/** Was the sender itself held up? */
export function byMachine({udp, tcp}: Account): boolean {
  return Math.max(udp.latestMs, tcp.latestMs) > longestHold
}

export function describeAccount({udp, tcp, rates, pressure}: Account): string {
  const line = ({sent, lost, longestGapMs, losses}: Sent, rate: number) =>
    `lost ${lost} of ${sent}, longest gap ${longestGapMs.toFixed(0)} ms${losses.length === 0 ? '' : ` (${describeLosses(losses, rate)})`}`
  const late = `sender late by ${udp.latestMs.toFixed(0)} ms at most, processors wanted ${pressure?.toFixed(0) ?? '?'} % of the time`
  return `UDP ${line(udp, rates.udp)}; TCP ${line(tcp, rates.tcp)}, ${tcp.resets} resets, ${tcp.reconnects} reconnects; ${late}`
}

export const allKinds: readonly Kind[] = ['same-node', 'same-subnet', 'cross-subnet']

export function pairOf(kind: Kind, ips: Ips): Pair {
  return {kind, to: ips[kinds[kind]]}
}
