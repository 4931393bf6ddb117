import {Worker} from 'node:worker_threads'
import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {type ProbeAddresses, probeLimits} from '../../model/probe.ts'
import type {Netns} from '../../datapath/machine/netns.ts'
import {openProbeSocket} from '../../datapath/machine/probe-socket.ts'
import {type LoopResult, type LoopStart, type LoopWork, probePorts} from './work.ts'

/** The thread that returns what comes, and sends what it is told. */
export interface Loop extends AsyncDisposable {
  send(work: LoopWork): Promise<readonly LoopResult[]>
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
  return {
    send: (work) => {
      const {promise, resolve, reject} = Promise.withResolvers<readonly LoopResult[]>()
      worker.once('message', (message) => {
        const results = v.safeParse(resultsSchema, message)
        if (results.success) resolve(results.output)
        else reject(new AntctlError('MACHINE', 'the probe loop gave no account'))
      })
      worker.postMessage(work, [])
      return Promise.race([promise, failed.promise])
    },
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}

const resultsSchema = v.array(
  v.object({
    to: v.string(),
    form: v.picklist(['live', 'routed', 'tunnelled']),
    sent: v.number(),
    lost: v.number(),
    longestGap: v.number(),
    roundTrip: v.exactOptional(v.object({median: v.number(), p99: v.number()})),
    mtu: v.number(),
  }),
)
