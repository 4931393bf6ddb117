import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'

export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The program and its arguments: no shell comes between. */
  readonly command: readonly string[]
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly signal?: AbortSignal
  /** Milliseconds for the whole run. */
  readonly timeout?: number
}

/** Channel 3 ends with a metav1.Status; a program that failed gives its exit code as a cause. */
const status = v.object({
  status: v.optional(v.string()),
  message: v.optional(v.string(), ''),
  details: v.optional(
    v.object({
      causes: v.optional(v.array(v.object({reason: v.optional(v.string()), message: v.optional(v.string())})), []),
    }),
  ),
})

/** More than this of a program's output is an answer that nobody asked for. */
const largestOutput = 4 * 1024 * 1024

/** Runs a program in a container, through the API server, and collects what it says. */
export async function execInPod(
  credentials: ApiCredentials,
  target: ExecTarget,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const {openChannels} = await import('./road-websocket.ts')
  const query = new URLSearchParams([
    ['container', target.container],
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...target.command.map((word): [string, string] => ['command', word]),
  ])
  const path = `/api/v1/namespaces/${target.namespace}/pods/${target.pod}/exec?${query.toString()}`
  const output: Record<1 | 2 | 3, Buffer[]> = {1: [], 2: [], 3: []}
  let size = 0
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  const onMessage = (channel: number, data: Buffer) => {
    size += data.length
    if (channel === 1 || channel === 2 || channel === 3) output[channel].push(data)
    if (size > largestOutput)
      reject(new AntctlError('API_ANSWER', `${target.pod} said more than ${largestOutput} bytes`))
  }
  const onEnd = (error?: AntctlError) => (error === undefined ? resolve() : reject(error))
  const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
  const timeout = options.timeout ?? 20_000
  const channels = await openChannels(credentials, {path, protocols, signal: options.signal}, {onMessage, onEnd})
  const timer = setTimeout(() => {
    reject(
      new AntctlError('TIMEOUT', `${target.command[0] ?? ''} in ${target.pod} did not end within ${timeout / 1000} s`),
    )
  }, timeout)
  const stop = () => reject(options.signal?.reason)
  options.signal?.addEventListener('abort', stop, {once: true})
  try {
    await promise
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
    channels.close()
  }
  const text = (channel: 1 | 2 | 3) => Buffer.concat(output[channel]).toString('utf8')
  return {exitCode: exitCodeOf(text(3), target), stdout: text(1), stderr: text(2)}
}

/** Of the status that ends an exec; throws API_ANSWER where nothing was started. */
export function exitCodeOf(text: string, target: Pick<ExecTarget, 'pod'>): number {
  const parsed = v.safeParse(status, safeJson(text))
  if (!parsed.success) throw new AntctlError('API_ANSWER', `exec in ${target.pod} ended without a status`)
  if (parsed.output.status === 'Success') return 0
  const cause = parsed.output.details?.causes.find(({reason}) => reason === 'ExitCode')?.message
  if (cause === undefined) throw new AntctlError('API_ANSWER', `exec in ${target.pod}: ${parsed.output.message}`)
  return Number(cause)
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
