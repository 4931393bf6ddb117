import {join} from 'node:path'
import {execa} from 'execa'
import * as v from 'valibot'
import {joinable} from '../../lab/cgroups.ts'
import {inside} from '../../lab/machines.ts'
import {paths, readRecord} from '../../lab/state.ts'
import {type TestPod, testPods} from '../e2e/cluster.ts'
import {on} from './node.ts'

const sentShape = v.object({
  sent: v.number(),
  received: v.number(),
  lost: v.number(),
  duplicates: v.number(),
  longestGapMs: v.number(),
  latestMs: v.number(),
  rttMsMax: v.number(),
  resets: v.number(),
  reconnects: v.number(),
  stalls: v.number(),
  wrong: v.number(),
  failures: v.record(v.string(), v.number()),
  losses: v.array(v.tuple([v.number(), v.number()])),
})
/** What a sender of toolbox says of its stream when it ends. Times in milliseconds. */
export type Sent = v.InferOutput<typeof sentShape>

/** Ends a sender and answers its account. */
export type EndSender = () => Promise<Sent>

/** The process that echoes in a Pod, as its Node counts: its network namespace is the Pod's. */
export async function processOf(pod: TestPod): Promise<string> {
  const node = testPods[pod]
  const pids = (await on(node, 'pgrep', '-f', '^toolbox serve')).split('\n')
  for (const pid of pids) {
    const environment = await on(node, 'cat', `/proc/${pid}/environ`).catch(() => '')
    if (environment.split('\0').includes(`HOSTNAME=${pod}`)) return pid
  }
  throw new Error(`Pod ${pod} does not run on ${node}`)
}

/**
 * A sender of toolbox in the network namespace of a Pod's process, past kubectl and the API server, which may be away. It
 * ends with its standard input.
 */
export function startSender(pod: TestPod, pid: string, args: readonly string[]): EndSender {
  const command = ['nsenter', '-t', pid, '-n', 'toolbox', ...args, '--attached']
  // Among the lab's own processes, which other work on this machine does not hold up.
  const cgroups = (readRecord()?.cgroups ?? []).map(joinable)
  const child = execa('sh', [join(paths.init, 'enter.sh'), ...cgroups, '--', ...inside(testPods[pod], command)], {
    stdin: 'pipe',
  })
  return async () => {
    child.stdin.end()
    return v.parse(sentShape, JSON.parse((await child).stdout))
  }
}

/** "3 at 1.20 s, 1 at 4.05 s": which numbers were lost, by the time at which they were sent. */
export function describeLosses(losses: Sent['losses'], rate: number): string {
  return losses.map(([first, count]) => `${count} at ${(first / rate).toFixed(2)} s`).join(', ')
}
