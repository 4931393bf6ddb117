import {execa} from 'execa'
import * as v from 'valibot'
import {join} from 'node:path'
import {joinable} from '../../lab/cgroups.ts'
import {inside} from '../../lab/machines.ts'
import {paths, readRecord} from '../../lab/state.ts'
import {echoPorts} from '../../lab/toolbox-pod.ts'
import {type Kind, kinds, type TestPod, testPods} from '../e2e/cluster.ts'
import {on} from './node.ts'
import {shareSince, waitedForProcessors} from './pressure.ts'

const sentShape = v.object({
  sent: v.number(),
  lost: v.number(),
  longestGapMs: v.number(),
  latestMs: v.number(),
  resets: v.number(),
  reconnects: v.number(),
  losses: v.array(v.tuple([v.number(), v.number()])),
})
export type Sent = v.InferOutput<typeof sentShape>

/** What a pair's own sender says of its two streams. */
export interface Account {
  readonly udp: Sent
  readonly tcp: Sent
  /** Percent of the time in which something waited for a processor; undefined where the kernel does not tell. */
  readonly pressure: number | undefined
}

export type Ips = Readonly<Record<TestPod, string>>

export interface Pair {
  readonly kind: Kind
  /** Address of the Pod that echoes. */
  readonly to: string
}

/** Packets, records a second. */
const rates = {udp: 1000, tcp: 100} as const

/** Pod a sends numbered packets and one long stream of records to its peer for as long as the work takes. */
export async function underTraffic({to}: Pair, work: () => Promise<unknown>): Promise<Account> {
  const pid = await processOf('a')
  const streams = (['udp', 'tcp'] as const).map((protocol) => startSender(pid, protocol, to))
  const before = waitedForProcessors()
  let failure: unknown
  try {
    await work()
  } catch (error) {
    failure = error
  }
  const [udp, tcp] = await Promise.all(streams.map((end) => end()))
  if (failure !== undefined || udp === undefined || tcp === undefined) throw failure
  return {udp, tcp, pressure: shareSince(before)}
}

export function isWhole({udp, tcp}: Account): boolean {
  return udp.lost === 0 && tcp.lost === 0 && tcp.resets === 0 && tcp.reconnects === 0
}

export function describeAccount({udp, tcp, pressure}: Account): string {
  const line = ({sent, lost, longestGapMs, losses}: Sent, rate: number) =>
    `lost ${lost} of ${sent}, longest gap ${longestGapMs.toFixed(0)} ms${describeLosses(losses, rate)}`
  const late = `sender late by ${udp.latestMs.toFixed(0)} ms at most, processors wanted ${pressure?.toFixed(0) ?? '?'} % of the time`
  return `UDP ${line(udp, rates.udp)}; TCP ${line(tcp, rates.tcp)}, ${tcp.resets} resets, ${tcp.reconnects} reconnects; ${late}`
}

export const allKinds: readonly Kind[] = ['same-node', 'same-subnet', 'cross-subnet']

/**
 * While Pods come and go: a tunnel of the userspace datapath loses some milliseconds at about every fifth link that is made
 * or deleted on its Node, also by other hands than ours, because Open vSwitch then forgets and reads again all routes.
 */
export const undisturbedByLinks: Kind = 'same-node'

export function pairOf(kind: Kind, ips: Ips): Pair {
  return {kind, to: ips[kinds[kind]]}
}

function describeLosses(losses: Sent['losses'], rate: number): string {
  if (losses.length === 0) return ''
  return ` (${losses.map(([first, count]) => `${count} at ${(first / rate).toFixed(2)} s`).join(', ')})`
}

/** The process that echoes in a Pod, as its Node counts: its network namespace is the Pod's. */
async function processOf(pod: TestPod): Promise<string> {
  const node = testPods[pod]
  const pids = (await on(node, 'pgrep', '-f', '^toolbox serve')).split('\n')
  for (const pid of pids) {
    const environment = await on(node, 'cat', `/proc/${pid}/environ`).catch(() => '')
    if (environment.split('\0').includes(`HOSTNAME=${pod}`)) return pid
  }
  throw new Error(`Pod ${pod} does not run on ${node}`)
}

/** In the Pod's network namespace, past kubectl and the API server, which may be away. It ends with its standard input. */
function startSender(pid: string, protocol: 'udp' | 'tcp', to: string): () => Promise<Sent> {
  const target = [`--${protocol}`, `${to}:${echoPorts[protocol]}`, '--rate', String(rates[protocol])]
  const command = ['nsenter', '-t', pid, '-n', 'toolbox', 'send', '--attached', ...target]
  // Among the lab's own processes, which other work on this machine does not hold up.
  const cgroups = (readRecord()?.cgroups ?? []).map(joinable)
  const child = execa('sh', [join(paths.init, 'enter.sh'), ...cgroups, '--', ...inside(testPods.a, command)], {
    stdin: 'pipe',
  })
  return async () => {
    child.stdin.end()
    return v.parse(sentShape, JSON.parse((await child).stdout))
  }
}
