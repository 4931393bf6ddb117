import {setTimeout as sleep} from 'node:timers/promises'
import {type NodeName, on, type Process, signal} from './node.ts'

/** Stops a process for so long, as a machine without memory or a hung disk would. */
export async function frozen(node: NodeName, process: Process, seconds: number): Promise<void> {
  await signal(node, process, 'STOP')
  try {
    await sleep(seconds * 1000)
  } finally {
    await signal(node, process, 'CONT')
  }
}

/** Leaves no room in the Node's /run, where the agent and Open vSwitch write, while the work goes on. */
export async function withFullDisk(node: NodeName, work: () => Promise<void>): Promise<void> {
  const used = (await on(node, 'df', '--output=used', '-k', '/run')).trim().split('\n').at(-1) ?? ''
  try {
    await on(node, 'mount', '-o', `remount,size=${Number(used) + 64}k`, '/run')
    await on(node, 'dd', 'if=/dev/zero', 'of=/run/filler', 'bs=4096', 'status=none').catch(() => undefined)
    await work()
  } finally {
    await on(node, 'rm', '-f', '/run/filler')
    await on(node, 'mount', '-o', 'remount,size=50%', '/run')
  }
}
