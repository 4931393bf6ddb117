import type {ProbeForm, ProbeResult} from '../../model/probe.ts'

/** Where echoes are, and where numbered packets come from: both ends may send to each other at once. */
export const probePorts = {echo: 7_101, sender: 7_102} as const

/** What the loop is started with: numbers of sockets that are bound, and that it closes. */
export interface LoopStart {
  readonly sockets: Readonly<Record<ProbeForm, {readonly echo: number; readonly sender: number}>>
  /** Echoes in a second, at most. */
  readonly budget: number
}

/** One pair and form. */
export interface Stream {
  readonly to: string
  readonly form: ProbeForm
  readonly ip: string
}

/** What the loop is asked to send. */
export interface LoopWork {
  /** Tells this work's packets from others: 32 bits. */
  readonly order: number
  readonly streams: readonly Stream[]
  readonly packetsPerSecond: number
  readonly seconds: number
  /** Bytes of the largest IP packet that the own device takes. */
  readonly mtu: number
}

export type LoopResult = Omit<ProbeResult, 'from'>
