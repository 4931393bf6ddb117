import * as v from 'valibot'
import type {ProbeCount, ProbeForm, ProbeResult} from '../../model/probe.ts'

/** Where echoes are, and where numbered packets come from: both ends may send to each other at once. */
export const probePorts = {echo: 7_101, sender: 7_102} as const

/** What the loop is started with: numbers of sockets that are bound, and that it closes. */
export interface LoopStart {
  readonly sockets: Readonly<Record<ProbeForm, {readonly echo: number; readonly sender: number}>>
  /** Packets that this Node may send in a second, those that it returns included. */
  readonly budget: number
  /** Echoes in a second, at most. */
  readonly echoes: number
}

/** One pair and form. */
export interface Stream {
  readonly to: string
  readonly form: ProbeForm
  readonly ip: string
}

/** To one agent's end: `toRun` tells it from the end of an agent before it. */
export interface SteadyStream extends Stream {
  readonly toRun: number
}
export type SteadyCount = Omit<ProbeCount, 'from'>

interface Work {
  /** Tells this work's packets from others: 32 bits. */
  readonly order: number
  readonly packetsPerSecond: number
  /** Packets a second that it would have this Node send, those that it returns included. */
  readonly load: number
}

/** What the loop is asked to send. */
export interface LoopWork extends Work {
  readonly streams: readonly Stream[]
  readonly seconds: number
  /** Bytes of the largest IP packet that the own device takes. */
  readonly mtu: number
}

export type LoopResult = Omit<ProbeResult, 'from'>

/** What the loop does until it is told to stop. */
export type SteadyWork = Work

const form = v.picklist(['live', 'routed', 'tunnelled'])
const stream = {to: v.string(), form, ip: v.string()}

const work = {order: v.number(), packetsPerSecond: v.number(), load: v.number()}

/** What is answered has the number of its question. */
export const loopMessageSchema = v.variant('kind', [
  v.object({
    kind: v.literal('send'),
    question: v.number(),
    work: v.object({...work, streams: v.array(v.object(stream)), seconds: v.number(), mtu: v.number()}),
  }),
  v.object({
    kind: v.literal('direct'),
    work: v.object(work),
    streams: v.array(v.object({...stream, toRun: v.number()})),
  }),
  v.object({kind: v.literal('account'), question: v.number(), order: v.number()}),
  v.object({kind: v.literal('stop'), order: v.number()}),
])
export type LoopMessage = v.InferOutput<typeof loopMessageSchema>
export const loopAnswerSchema = v.object({question: v.number(), answer: v.unknown()})

const counted = {
  to: v.string(),
  form,
  sent: v.number(),
  lost: v.number(),
  longestGap: v.number(),
  roundTrip: v.exactOptional(v.object({median: v.number(), p99: v.number()})),
}
export const loopResultsSchema = v.array(v.object({...counted, mtu: v.number()}))
export const steadyCountsSchema = v.array(v.object({...counted, toRun: v.number()}))
