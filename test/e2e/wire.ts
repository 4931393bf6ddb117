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

/** What leaves and reaches each of these Nodes between the agents' probes: every line that tcpdump says of it. */
export async function probeLines(nodes: readonly string[], during: () => Promise<unknown>): Promise<readonly string[]> {
  const {echo, sender} = probePorts
  const captures = await Promise.all(nodes.map((node) => startCapture(node, `udp portrange ${echo}-${sender}`)))
  try {
    await during()
    await sleep(300)
  } finally {
    await Promise.all(nodes.map(endCapture))
  }
  return (await Promise.all(captures.map(async ({capture}) => (await capture).stdout))).flat()
}

async function watch(plain: string, during: () => Promise<unknown>, isInner: (line: string) => boolean): Promise<Seen> {
  const {capture} = await startCapture('n1', plain)
  try {
    await during()
    await sleep(300)
  } finally {
    await endCapture('n1')
  }
  const {stdout} = await capture
  const inner = stdout.filter(isInner)
  const geneve = inner.filter((line) => line.includes('Geneve')).length
  return {geneve, plain: inner.length - geneve}
}

/** In an object: a promise that is returned bare would be waited for. */
async function startCapture(node: string, plain: string) {
  const filter = `udp port 6081 or (${plain})`
  const main = [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts')]
  const command = ['tcpdump', '-i', 'eth1', '-nn', '-l', '-t', '--immediate-mode', filter]
  const capture = execa('sh', [...main, 'node', node, ...command], {cwd: root, reject: false, lines: true})
  await untilListening(capture)
  return {capture}
}

/** tcpdump itself, not what started it: it then writes out all that it has seen. */
async function endCapture(node: string): Promise<void> {
  await onNode(node, 'pkill', '-INT', '-x', 'tcpdump')
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
