import * as v from 'valibot'
import {type Ip, isIpText, parseIp} from './address.ts'

/** Ways by which a probe's packets go, whatever the mode is. Each has an address of its own on every Node. */
export const probeForms = {
  live: 'as the packets of Pods go now',
  routed: 'without a tunnel',
  tunnelled: 'through the tunnel',
} as const
export type ProbeForm = keyof typeof probeForms
export const probeFormNames: readonly ProbeForm[] = Object.keys(probeForms).filter(isProbeForm)

export interface ProbePair {
  readonly from: string
  readonly to: string
}

interface ProbeLoad {
  readonly pairs: readonly ProbePair[]
  readonly forms: readonly ProbeForm[]
  /** Of each pair and form. */
  readonly packetsPerSecond: number
}

/** For a time, and an account at its end. */
export interface TimedOrder extends ProbeLoad {
  readonly seconds: number
  /** Bytes of the largest IP packet to try, where that is more than Pods send now: what they will send is asked for. */
  readonly largest?: number
}

/** For as long as whoever ordered it counts `renewal` up; each time the agents publish what they have counted so far. */
export interface SteadyOrder extends ProbeLoad {
  readonly renewal: number
}

/** What is asked of the agents: each pair sends numbered packets in each form, which come back from the other end. */
export type ProbeOrder = TimedOrder | SteadyOrder

/** What deploy/antrea.yml refuses too. */
export const probeLimits = {
  pairs: 256,
  packetsPerSecond: 1_000,
  seconds: 60,
  /** Packets that one agent may send in a second, those that it returns included. */
  budget: 1_000,
  /** Sessions of an agent at once: they share its budget, and each sends less. */
  sessions: 4,
  /** Seconds for which a steady session goes on after its last renewal: whoever ordered it may be gone. */
  unrenewed: 60,
} as const

/** Of one pair and form. Times in milliseconds. */
export interface ProbeResult extends ProbePair {
  readonly form: ProbeForm
  readonly sent: number
  readonly lost: number
  /** The longest time during which whatever was sent did not come back. */
  readonly longestGap: number
  /** Of what came back; absent when nothing did. */
  readonly roundTrip?: {readonly median: number; readonly p99: number}
  /** Bytes of the largest IP packet that came back; 0 when none did. */
  readonly mtu: number
}

/** Of one pair and form, of packets whose fate is known. Times in milliseconds. */
export interface ProbeCount extends Pick<ProbeResult, 'from' | 'to' | 'form'> {
  /** The other agent's `run`: packets to the one that was there before it are not counted on. */
  readonly toRun: number
  readonly sent: number
  readonly lost: number
  /** Since the account before this one; a gap that goes on is told as far as it has come. */
  readonly longestGap: number
  /** Of what came back since the account before this one. */
  readonly roundTrip?: {readonly median: number; readonly p99: number}
}

/** What a steady session's agent has counted so far. */
export interface RunningProbe {
  readonly state: 'running'
  readonly addresses: ProbeAddresses
  /** Drawn when it began to take part: an agent that was started anew counts from nothing. */
  readonly run: number
  /** The renewal that this answers. */
  readonly renewal: number
  readonly counts: readonly ProbeCount[]
}

/** One agent's part of a session. `ended`: nobody renewed a steady one, and it is not taken up again. */
export type ProbeAgent =
  | {readonly state: 'ready'; readonly addresses: ProbeAddresses}
  | {readonly state: 'done'; readonly addresses: ProbeAddresses; readonly results: readonly ProbeResult[]}
  | RunningProbe
  | {readonly state: 'refused' | 'ended'; readonly reason: string}
export type ProbeAddresses = Readonly<Record<ProbeForm, Ip>>

export interface ProbeSession {
  readonly name: string
  readonly order: ProbeOrder
  readonly agents: Readonly<Record<string, ProbeAgent>>
}

const load = {
  pairs: v.pipe(
    v.array(v.object({from: v.pipe(v.string(), v.maxLength(253)), to: v.pipe(v.string(), v.maxLength(253))})),
    v.minLength(1),
    v.maxLength(probeLimits.pairs),
  ),
  forms: v.pipe(v.array(v.picklist(['live', 'routed', 'tunnelled'])), v.minLength(1), v.maxLength(3)),
  packetsPerSecond: whole(1, probeLimits.packetsPerSecond),
}

/** Is it an order that an agent may follow? */
export const probeOrderSchema = v.union([
  v.object({...load, seconds: whole(1, probeLimits.seconds), largest: v.exactOptional(whole(68, 65_535))}),
  v.object({...load, renewal: whole(0, Number.MAX_SAFE_INTEGER)}),
])

const address = v.pipe(v.string(), v.check(isIpText), v.transform(parseIp))
const addresses = v.object({live: address, routed: address, tunnelled: address})
const count = v.pipe(v.number(), v.minValue(0))
const counts = {
  from: v.string(),
  to: v.string(),
  form: v.picklist(['live', 'routed', 'tunnelled']),
  sent: count,
  lost: count,
  longestGap: count,
  roundTrip: v.exactOptional(v.object({median: count, p99: count})),
}

/** No more than an order can ask for. */
const most = 3 * probeLimits.pairs
const results = v.pipe(v.array(v.object({...counts, mtu: count})), v.maxLength(most))
const runningCounts = v.pipe(v.array(v.object({...counts, toRun: count})), v.maxLength(most))

export const probeAgentSchema = v.variant('state', [
  v.object({state: v.literal('ready'), addresses}),
  v.object({state: v.literal('done'), addresses, results}),
  v.object({state: v.literal('running'), addresses, run: count, renewal: count, counts: runningCounts}),
  v.object({state: v.picklist(['refused', 'ended']), reason: v.string()}),
])

/** Packets that this Node would send in a second, those that it returns included. */
export function probeLoad(node: string, {pairs, forms, packetsPerSecond}: ProbeLoad): number {
  const ends = pairs.reduce((sum, {from, to}) => sum + Number(from === node) + Number(to === node), 0)
  return ends * forms.length * packetsPerSecond
}

export function isProbeForm(name: string): name is ProbeForm {
  return Object.hasOwn(probeForms, name)
}

function whole(least: number, most: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
}
