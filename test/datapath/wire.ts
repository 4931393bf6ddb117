import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {testProgram} from './programs.ts'
import {inside, router, run} from './underlay.ts'

const program = testProgram('datapath/traffic')

/** Echoes UDP and TCP on port 7000 in a Pod. */
export async function listen(pod: string): Promise<AsyncDisposable> {
  const child = execa('ip', inside(pod, process.execPath, [program, 'receive', '7000']), {reject: false})
  await once(child.stdout, 'data')
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child
    },
  }
}

/** Runs a sender of traffic.ts in a Pod; its result. */
export async function traffic(pod: string, role: string, to: string, port: number, count: number): Promise<unknown> {
  const {stdout} = await run('ip', inside(pod, process.execPath, [program, role, to, String(port), String(count)]))
  return JSON.parse(stdout.split('\n').at(-1) ?? '')
}

/** `mixed`, `steady`, `large`, `bulk` or `ask` of traffic.ts in a Pod, under way until `finish` is called, which answers its result. */
export async function startTraffic(
  pod: string,
  to: string,
  port: number,
  role: 'mixed' | 'steady' | 'large' | 'bulk' | 'ask' = 'mixed',
): Promise<{finish: () => Promise<unknown>}> {
  const child = execa('ip', inside(pod, process.execPath, [program, role, to, String(port)]), {stdin: 'pipe'})
  await once(child.stdout, 'data')
  return {
    finish: async () => {
      child.stdin.end()
      const {stdout} = await child
      return JSON.parse(stdout.split('\n').at(-1) ?? '')
    },
  }
}

/** In which form packets of two Pods were on n1's cable meanwhile: geneve, vxlan, gre, plain, several of them, or none. */
export async function formOnWire(a: string, b: string, during: () => Promise<void>): Promise<string> {
  const lines = await packetsOnWire(
    `udp port 6081 or udp port 4789 or ip proto 47 or (host ${a} and host ${b})`,
    during,
  )
  const whole = (ip: string) => new RegExp(`(?<![\\d.])${ip.replaceAll('.', String.raw`\.`)}(?!\\d)`, 'u')
  // What is inside VXLAN stands on a line of its own.
  const packets = lines
    .join('\n')
    .replaceAll(/(VXLAN, .*)\n/gu, '$1: ')
    .split('\n')
  const ofPair = packets.filter((line) => whole(a).test(line) && whole(b).test(line))
  const seen = new Set(ofPair.map((line) => forms.find(([, sign]) => line.includes(sign))?.[0] ?? 'plain'))
  return [...seen].toSorted().join(' and ') || 'none'
}

const forms = [
  ['geneve', 'Geneve'],
  ['vxlan', 'VXLAN'],
  ['gre', 'GRE'],
] as const

/** tcpdump's lines of what passed n1's cable meanwhile. */
export async function packetsOnWire(filter: string, during: () => Promise<void>): Promise<readonly string[]> {
  const args = ['netns', 'exec', router, 'tcpdump', '-i', 'n1', '-nnltU', filter]
  const capture = execa('ip', args, {reject: false, lines: true})
  await once(capture.stderr, 'data')
  try {
    await during()
    await sleep(200)
  } finally {
    capture.kill('SIGINT')
  }
  return (await capture).stdout
}
