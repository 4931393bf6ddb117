import {Worker} from 'node:worker_threads'
import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {type ProbeAddresses, probeLimits} from '../../model/probe.ts'
import type {Netns} from '../../datapath/machine/netns.ts'
import {openProbeSocket} from '../../datapath/machine/probe-socket.ts'
import {
  type LoopMessage,
  type LoopResult,
  loopAnswerSchema,
  loopResultsSchema,
  type LoopStart,
  type LoopWork,
  probePorts,
  type SteadyCount,
  steadyCountsSchema,
  type SteadyStream,
  type SteadyWork,
} from './work.ts'

/** The thread that returns what comes, and sends what it is told. */
export interface Loop extends AsyncDisposable {
  send(work: LoopWork): Promise<readonly LoopResult[]>
  /** From now on to these, until it is stopped. */
  direct(work: SteadyWork, streams: readonly SteadyStream[]): void
  account(order: number): Promise<readonly SteadyCount[]>
  /** Nothing more is sent of this order; who waits for its results has none. */
  stop(order: number): void
}

/** dist/agent has it beside the agent's one file. */
const loopFile = new URL(import.meta.url.endsWith('.ts') ? './loop.ts' : './probe-loop.mjs', import.meta.url)

/** Its sockets are opened here, in the namespace; it closes them. */
export function startLoop(netns: Netns, addresses: ProbeAddresses): Loop {
  const socketsOf = (form: keyof ProbeAddresses) => ({
    echo: openProbeSocket(netns, addresses[form], probePorts.echo),
    sender: openProbeSocket(netns, addresses[form], probePorts.sender),
  })
  const start: LoopStart = {
    sockets: {live: socketsOf('live'), routed: socketsOf('routed'), tunnelled: socketsOf('tunnelled')},
    budget: probeLimits.budget,
    echoes: probeLimits.budget * probeLimits.sessions,
  }
  const worker = new Worker(loopFile, {workerData: start, execArgv: []})
  const failed = Promise.withResolvers<never>()
  worker.on('error', failed.reject)
  failed.promise.catch(() => undefined)
  const asked = new Map<number, (answer: unknown) => void>()
  let questions = 0
  worker.on('message', (message) => {
    const {question, answer} = v.parse(loopAnswerSchema, message)
    asked.get(question)?.(answer)
    asked.delete(question)
  })
  const tell = (message: LoopMessage) => worker.postMessage(message, [])
  const ask = async <Answer>(
    message: (question: number) => LoopMessage,
    schema: v.GenericSchema<unknown, Answer>,
  ): Promise<Answer> => {
    const {promise, resolve} = Promise.withResolvers<unknown>()
    const question = (questions += 1)
    asked.set(question, resolve)
    tell(message(question))
    const parsed = v.safeParse(schema, await Promise.race([promise, failed.promise]))
    if (parsed.success) return parsed.output
    throw new AntctlError('MACHINE', 'the probe loop gave no account')
  }
  return {
    send: (work) =>
      ask((question) => ({kind: 'send', question, work: {...work, streams: [...work.streams]}}), loopResultsSchema),
    direct: (work, streams) => tell({kind: 'direct', work, streams: [...streams]}),
    account: (order) => ask((question) => ({kind: 'account', question, order}), steadyCountsSchema),
    stop: (order) => tell({kind: 'stop', order}),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}
