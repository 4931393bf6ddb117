import {execa} from 'execa'
import * as v from 'valibot'
import {inside, podIp, type PodSpec} from '../datapath/underlay.ts'

const ports = {udp: 7002, tcp: 7001} as const
/** Packets, records a second: what an emulated processor carries with all three kinds of pair at once. */
const rates = {udp: 50, tcp: 10} as const
type Protocol = keyof typeof rates

const account = v.object({
  sent: v.number(),
  lost: v.number(),
  duplicates: v.number(),
  longestGapMs: v.number(),
  latestMs: v.number(),
  resets: v.number(),
  reconnects: v.number(),
  losses: v.array(v.tuple([v.number(), v.number()])),
})
type Account = v.InferOutput<typeof account>

export interface Heard {
  readonly to: PodSpec
  readonly udp: Account
  readonly tcp: Account
}

/** Echoes both in a Pod until it is disposed of. */
export function serve(pod: PodSpec): AsyncDisposable {
  const child = execa('ip', inside(pod, toolbox(), ['serve', '--tcp', String(ports.tcp), '--udp', String(ports.udp)]), {
    reject: false,
    stdio: 'ignore',
  })
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child
    },
  }
}

/** The first packets of a flow pass ovs-vswitchd, which may take an emulated processor longer than a sender waits. */
export async function waitForAnswers(pods: readonly PodSpec[]): Promise<void> {
  await Promise.all(pods.map((pod) => answers(pod, 20)))
}

async function answers(pod: PodSpec, tries: number): Promise<void> {
  const brief = ['--duration', '0.2', '--wait', '0.2s', '--rate', '10']
  for (const protocol of ['udp', 'tcp'] as const) {
    const args = inside('p1a', toolbox(), ['send', `--${protocol}`, `${podIp(pod)}:${ports[protocol]}`, ...brief])
    const {failed, stdout, stderr} = await execa('ip', args, {reject: false})
    if (!failed && v.parse(account, JSON.parse(stdout)).lost === 0) continue
    if (tries === 0) throw new Error(`${pod} does not answer ${protocol}: ${stderr} ${stdout}`)
    await answers(pod, tries - 1)
    return
  }
}

/** Numbered packets and one stream of numbered records from p1a to each, for as long as the work takes. */
export async function underTraffic(to: readonly PodSpec[], work: () => Promise<unknown>): Promise<readonly Heard[]> {
  const senders = to.map((pod) => ({to: pod, udp: send('udp', pod), tcp: send('tcp', pod)}))
  try {
    await work()
  } finally {
    for (const {udp, tcp} of senders) for (const {child} of [udp, tcp]) child.stdin.end()
  }
  return Promise.all(
    senders.map(async ({to: pod, udp, tcp}) => ({to: pod, udp: await udp.result(), tcp: await tcp.result()})),
  )
}

/** Ends with its standard input, and waits five seconds for late answers. */
function send(protocol: Protocol, to: PodSpec) {
  const target = [`--${protocol}`, `${podIp(to)}:${ports[protocol]}`, '--rate', String(rates[protocol])]
  const args = inside('p1a', toolbox(), ['send', '--attached', '--wait', '5s', ...target])
  const child = execa('ip', args, {stdin: 'pipe', reject: false})
  return {
    child,
    result: async () => {
      const {failed, stdout, stderr} = await child
      if (failed) throw new Error(`the sender to ${to}: ${stderr}`)
      return v.parse(account, JSON.parse(stdout))
    },
  }
}

function toolbox(): string {
  return process.env['ANTCTL_TOOLBOX'] ?? 'toolbox'
}

function describeHeard({to, udp, tcp}: Heard): string {
  const line = ({sent, lost, duplicates, longestGapMs, latestMs, losses}: Account, rate: number) => {
    const where = losses.slice(0, 5).map(([first, count]) => `, ${count} at ${(first / rate).toFixed(2)} s`)
    const late = `sender late by ${Math.round(latestMs)} ms at most`
    return `${lost} lost, ${duplicates} twice of ${sent}${where.join('')}, silent for ${Math.round(longestGapMs)} ms at most, ${late}`
  }
  const streams = `${tcp.resets} resets, ${tcp.reconnects} reconnects`
  return `to ${to}: UDP ${line(udp, rates.udp)}; TCP ${line(tcp, rates.tcp)}, ${streams}`
}

/** What was not as on a path that nobody disturbs. */
export function faults({udp, tcp}: Heard): number {
  return udp.lost + udp.duplicates + tcp.lost + tcp.resets + tcp.reconnects
}

export function tell(what: string, heard: readonly Heard[]): readonly Heard[] {
  process.stdout.write(`${what}: ${heard.map(describeHeard).join('\n  ')}\n`)
  return heard
}
