import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {inside, run} from '../../lab/machines.ts'

/** A packet of Pods as a device of a Node saw it; inside a tunnel when `isTunnelled`. */
export interface Sighting {
  readonly node: string
  readonly device: string
  readonly isTunnelled: boolean
  readonly source: string
  readonly destination: string
  /** Of the IP packet's payload, as tcpdump says. */
  readonly text: string
}

/** Captures on every device of all Nodes, for as long as it lives. */
export interface Wire extends AsyncDisposable {
  /** What was seen while that went on, and shortly after. */
  during(work: () => Promise<unknown>): Promise<readonly Sighting[]>
}

const filter = 'udp port 6081 or net 10.244.0.0/16 or net 10.96.0.0/16'
/** Milliseconds until the slowest line has come. */
const settling = 250

export async function watchNodes(nodes: readonly string[]): Promise<Wire> {
  const seen: Sighting[] = []
  const captures = nodes.map((node) => {
    const [program = '', ...args] = inside(node, [
      'tcpdump',
      '-i',
      'any',
      '-nn',
      '-l',
      '-t',
      '--immediate-mode',
      filter,
    ])
    const capture = execa(program, args, {reject: false, buffer: false, stdin: 'ignore'})
    createInterface({input: capture.stdout}).on('line', (line) => seen.push(...parseLine(node, line)))
    return {capture, listening: untilListening(capture.stderr)}
  })
  await Promise.all(captures.map(({listening}) => listening))
  return {
    during: async (work) => {
      seen.length = 0
      await work()
      await sleep(settling)
      return [...seen]
    },
    [Symbol.asyncDispose]: async () => {
      // tcpdump itself, not what entered the Node for it.
      await Promise.all(nodes.map((node) => run(node, ['pkill', '-INT', '-x', 'tcpdump'], {reject: false})))
      await Promise.all(captures.map(({capture}) => capture))
    },
  }
}

/** "eth1  Out IP 172.30.1.11.5 > 172.30.1.12.6081: Geneve, …: IP 10.244.1.2.7 > 10.244.2.2.8: UDP, length 64" */
export function parseLine(node: string, line: string): readonly Sighting[] {
  const device = /^(\S+)\s+(?:In|Out|P|M|B)\s/u.exec(line)?.[1]
  const inner = [...line.matchAll(/IP (\d+\.\d+\.\d+\.\d+)(?:\.\d+)? > (\d+\.\d+\.\d+\.\d+)(?:\.\d+)?: ?([^:]*)/gu)].at(
    -1,
  )
  const [, source, destination, text = ''] = inner ?? []
  if (device === undefined || source === undefined || destination === undefined) return []
  return [{node, device, isTunnelled: line.includes('Geneve'), source, destination, text}]
}

async function untilListening(stderr: NodeJS.ReadableStream): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  let said = ''
  stderr.on('data', (chunk) => {
    said += String(chunk)
    if (said.includes('snapshot length')) resolve()
  })
  stderr.on('end', resolve)
  await promise
}
