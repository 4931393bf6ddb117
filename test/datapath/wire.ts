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

/** `mixed` of traffic.ts in a Pod, under way until `finish` is called, which answers its result. */
export async function startTraffic(pod: string, to: string, port: number): Promise<{finish: () => Promise<unknown>}> {
  const child = execa('ip', inside(pod, process.execPath, [program, 'mixed', to, String(port)]), {stdin: 'pipe'})
  await once(child.stdout, 'data')
  return {
    finish: async () => {
      child.stdin.end()
      const {stdout} = await child
      return JSON.parse(stdout.split('\n').at(-1) ?? '')
    },
  }
}

/** In which form packets of two Pods were on n1's cable meanwhile: geneve, plain, both or none. */
export async function formOnWire(a: string, b: string, during: () => Promise<void>): Promise<string> {
  const lines = await packetsOnWire(`udp port 6081 or (host ${a} and host ${b})`, during)
  const whole = (ip: string) => new RegExp(`(?<![\\d.])${ip.replaceAll('.', String.raw`\.`)}(?!\\d)`, 'u')
  const ofPair = lines.filter((line) => whole(a).test(line) && whole(b).test(line))
  const seen = new Set(ofPair.map((line) => (line.includes('Geneve') ? 'geneve' : 'plain')))
  return seen.size === 2 ? 'both' : ([...seen][0] ?? 'none')
}

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
