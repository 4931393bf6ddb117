import {execa} from 'execa'
import * as v from 'valibot'
import {patience} from '../datapath/patience.ts'
import {inside, podIp, type PodSpec} from '../datapath/underlay.ts'

const ports = {udp: 7002, tcp: 7001} as const
/** Packets, records a second. An emulated processor does not carry a thousand packets, with nothing else to do. */
const rates = patience < 10 ? {udp: 1000, tcp: 100} : {udp: 50, tcp: 10}
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

/** Who talks: a network namespace of the underlay, and its address. */
export interface Place {
  readonly name: string
  readonly ip: string
}

export interface Heard {
  readonly to: Place
  readonly udp: Account
  readonly tcp: Account
}

export function placeOf(name: PodSpec): Place {
  return {name, ip: podIp(name)}
}

/** Echoes both in a Pod until it is disposed of. */
export function serve({name}: Place): AsyncDisposable {
  const args = ['serve', '--tcp', String(ports.tcp), '--udp', String(ports.udp)]
  const child = execa('ip', inside(name, toolbox(), args), {reject: false, stdio: 'ignore'})
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child
    },
  }
}

/** The first packets of a flow pass ovs-vswitchd, which may take an emulated processor longer than a sender waits. */
export async function waitForAnswers(from: Place, to: readonly Place[]): Promise<void> {
  await Promise.all(to.map((place) => answers(from, place, 20)))
}

async function answers(from: Place, to: Place, tries: number): Promise<void> {
  for (const protocol of ['udp', 'tcp'] as const) {
    const {failed, stdout, stderr} = await sendBriefly(from, to, {protocol, seconds: 0.2, rate: 10, size: 64})
    if (!failed && accountOf(stdout).lost === 0) continue
    if (tries === 0) throw new Error(`${to.name} does not answer ${protocol}: ${stderr} ${stdout}`)
    await answers(from, to, tries - 1)
    return
  }
}

export interface Brief {
  readonly protocol: Protocol
  readonly seconds: number
  readonly rate: number
  /** Octets of a packet. */
  readonly size: number
}

/** Numbered packets for a while; late answers count for a fifth of a second. */
export async function send(from: Place, to: Place, brief: Brief): Promise<Account> {
  const {failed, stdout, stderr} = await sendBriefly(from, to, brief)
  if (failed) throw new Error(`the sender to ${to.name}: ${stderr}`)
  return accountOf(stdout)
}

function sendBriefly(from: Place, to: Place, {protocol, seconds, rate, size}: Brief) {
  const pace = ['--duration', String(seconds), '--wait', '0.2s', '--rate', String(rate), '--size', String(size)]
  return execa('ip', inside(from.name, toolbox(), ['send', `--${protocol}`, `${to.ip}:${ports[protocol]}`, ...pace]), {
    reject: false,
  })
}

/** Numbered packets and one stream of numbered records to each, for as long as the work takes. */
export async function underTraffic(
  {from, to}: {readonly from: Place; readonly to: readonly Place[]},
  work: () => Promise<unknown>,
): Promise<readonly Heard[]> {
  const senders = to.map((place) => ({
    to: place,
    udp: startSender('udp', from, place),
    tcp: startSender('tcp', from, place),
  }))
  try {
    await work()
  } finally {
    for (const {udp, tcp} of senders) for (const {child} of [udp, tcp]) child.stdin.end()
  }
  return Promise.all(
    senders.map(async ({to: place, udp, tcp}) => ({
      to: place,
      udp: await udp.result(),
      tcp: await tcp.result(),
    })),
  )
}

/** Ends with its standard input, and waits five seconds for late answers. */
function startSender(protocol: Protocol, from: Place, to: Place) {
  const target = [`--${protocol}`, `${to.ip}:${ports[protocol]}`, '--rate', String(rates[protocol])]
  const args = inside(from.name, toolbox(), ['send', '--attached', '--wait', '5s', ...target])
  const child = execa('ip', args, {stdin: 'pipe', reject: false})
  return {
    child,
    result: async () => {
      const {failed, stdout, stderr} = await child
      if (failed) throw new Error(`the sender to ${to.name}: ${stderr}`)
      return accountOf(stdout)
    },
  }
}

function accountOf(stdout: string): Account {
  return v.parse(account, JSON.parse(stdout))
}

function toolbox(): string {
  return process.env['ANTCTL_TOOLBOX'] ?? 'toolbox'
}

/** What was not as on a path that nobody disturbs. */
export function faults({udp, tcp}: Heard): number {
  return udp.lost + udp.duplicates + tcp.lost + tcp.resets + tcp.reconnects
}

export function tell(what: string, heard: readonly Heard[]): readonly Heard[] {
  process.stdout.write(`${what}: ${heard.map(describeHeard).join('\n  ')}\n`)
  return heard
}

function describeHeard({to, udp, tcp}: Heard): string {
  const line = ({sent, lost, duplicates, longestGapMs, latestMs, losses}: Account, rate: number) => {
    const where = losses.slice(0, 5).map(([first, count]) => `, ${count} at ${(first / rate).toFixed(2)} s`)
    const late = `sender late by ${Math.round(latestMs)} ms at most`
    return `${lost} lost, ${duplicates} twice of ${sent}${where.join('')}, silent for ${Math.round(longestGapMs)} ms at most, ${late}`
  }
  const streams = `${tcp.resets} resets, ${tcp.reconnects} reconnects`
  return `to ${to.name}: UDP ${line(udp, rates.udp)}; TCP ${line(tcp, rates.tcp)}, ${streams}`
}
