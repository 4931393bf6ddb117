import {Worker} from 'node:worker_threads'
import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {type ProbeAddresses, probeLimits} from '../../model/probe.ts'
import type {Netns} from '../../datapath/machine/netns.ts'
import {openProbeSocket} from '../../datapath/machine/probe-socket.ts'
import {
  type LoopMessage,
  type LoopResult,
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
  /** From now on to these, until the loop ends. */
  direct(work: SteadyWork, streams: readonly SteadyStream[]): void
  account(): Promise<readonly SteadyCount[]>
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
  }
  const worker = new Worker(loopFile, {workerData: start, execArgv: []})
  const failed = Promise.withResolvers<never>()
  worker.on('error', failed.reject)
  failed.promise.catch(() => undefined)
  /** One question at a time: who asks waits for the answer. */
  const ask = <Answer>(message: LoopMessage, schema: v.GenericSchema<unknown, Answer>): Promise<Answer> => {
    const {promise, resolve, reject} = Promise.withResolvers<Answer>()
    worker.once('message', (answer) => {
      const parsed = v.safeParse(schema, answer)
      if (parsed.success) resolve(parsed.output)
      else reject(new AntctlError('MACHINE', 'the probe loop gave no account'))
    })
    worker.postMessage(message, [])
    return Promise.race([promise, failed.promise])
  }
  return {
    send: (work) => ask({kind: 'send', work: {...work, streams: [...work.streams]}}, loopResultsSchema),
    direct: (work, streams) => worker.postMessage({kind: 'direct', work, streams}, []),
    account: () => ask({kind: 'account'}, steadyCountsSchema),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}
