import {setTimeout as sleep} from 'node:timers/promises'
import {run} from '../../lab/machines.ts'

export type NodeName = 'n1' | 'n2' | 'n3' | 'n4'

/** A command on a Node, without a kubectl in between: the API server may be away. */
export const on = (node: NodeName, ...command: readonly string[]) => run(node, command)

/** How each process that may be killed shows in `pgrep -f`, on the Node. */
const commandLines = {
  'antrea-agent': '^[^ ]*node .*antrea-agent.mjs$',
  'ovs-vswitchd': '^[^ ]*ovs-vswitchd .*db.sock',
  'ovsdb-server': '^[^ ]*ovsdb-server .*conf.db',
} as const
export type Process = keyof typeof commandLines
export type Signal = 'KILL' | 'TERM' | 'STOP' | 'CONT'

/** Process id as the Node counts; undefined while there is none. */
export async function pidOf(node: NodeName, process: Process): Promise<string | undefined> {
  const found = await on(node, 'pgrep', '-o', '-f', commandLines[process]).catch(() => '')
  return found.trim() === '' ? undefined : found.trim()
}

/** Sends a signal and answers whom it met. */
export async function signal(node: NodeName, process: Process, name: Signal): Promise<string> {
  const pid = await pidOf(node, process)
  if (pid === undefined) throw new Error(`${process} does not run on ${node}`)
  await on(node, 'kill', `-${name}`, pid)
  return pid
}

/** Asks again and again until the answer is true; answers the milliseconds that it took. */
export async function until(
  what: string,
  ask: () => Promise<boolean>,
  {seconds = 30, pause = 20}: {readonly seconds?: number; readonly pause?: number} = {},
): Promise<number> {
  const start = performance.now()
  for (;;) {
    if (await ask().catch(() => false)) return performance.now() - start
    if (performance.now() - start > seconds * 1000) throw new Error(`after ${seconds} s still not: ${what}`)
    await sleep(pause)
  }
}
