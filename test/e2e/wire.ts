import {setTimeout as sleep} from 'node:timers/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {probePorts} from '../../src/agent/probe/work.ts'
import {onNode} from './cluster.ts'

const root = join(import.meta.dirname, '..', '..')

export interface Seen {
  /** Packets between the two Pods inside Geneve. */
  readonly geneve: number
  /** Packets that wear the Pods' addresses on the underlay. */
  readonly plain: number
}

/** What passes n1's transport interface between two Pods while something happens. */
export async function watchWire(ips: readonly [string, string], during: () => Promise<unknown>): Promise<Seen> {
  return watch(`host ${ips[0]} and host ${ips[1]}`, during, (line) =>
    ips.every((ip) => new RegExp(`\\b${ip.replaceAll('.', '\\.')}\\b`, 'u').test(line)),
  )
}

/** What passes there between the agents' probes. */
export async function watchProbes(during: () => Promise<unknown>): Promise<Seen> {
  const {echo, sender} = probePorts
  const ports = new RegExp(`\\.(?:${echo} > \\S+\\.${sender}|${sender} > \\S+\\.${echo}):`, 'u')
  return watch(`udp portrange ${echo}-${sender}`, during, (line) => ports.test(line))
}

async function watch(plain: string, during: () => Promise<unknown>, isInner: (line: string) => boolean): Promise<Seen> {
  const filter = `udp port 6081 or (${plain})`
  const main = [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts')]
  const capture = execa(
    'sh',
    [...main, 'node', 'n1', 'tcpdump', '-i', 'eth1', '-nn', '-l', '-t', '--immediate-mode', filter],
    {
      cwd: root,
      reject: false,
      lines: true,
    },
  )
  await untilListening(capture)
  try {
    await during()
    await sleep(300)
  } finally {
    // tcpdump itself, not what started it: it then writes out all that it has seen.
    await onNode('n1', 'pkill', '-INT', '-x', 'tcpdump')
  }
  const {stdout} = await capture
  const inner = stdout.filter(isInner)
  const geneve = inner.filter((line) => line.includes('Geneve')).length
  return {geneve, plain: inner.length - geneve}
}

/** Reads on to the end: tcpdump dies of a closed pipe in the middle of the very line that is waited for. */
async function untilListening(capture: {readonly stderr: NodeJS.ReadableStream | null}): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  let said = ''
  capture.stderr?.on('data', (chunk) => {
    said += String(chunk)
    if (said.includes('snapshot length')) resolve()
  })
  capture.stderr?.on('end', resolve)
  await promise
}
