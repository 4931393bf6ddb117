import {expect} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {ProbeEndpoint} from '../../src/agent/probe/end.ts'
import {followProbeSessions} from '../../src/agent/probe/sessions.ts'
import type {LoopWork, SteadyStream} from '../../src/agent/probe/work.ts'
import {openLog} from '../../src/agent/log.ts'
import type {ProbeServer} from './probe-server.ts'

export interface FakeAgentOptions {
  readonly send?: (work: LoopWork) => ReturnType<ProbeEndpoint['send']>
  /** Says why no end can be made. */
  readonly trouble?: () => string | undefined
  readonly unrenewed?: number
}

/** An agent whose end is only remembered: what it sent, and whether it is open. Each account of its has 100 packets more. */
export async function startProbeAgent(server: ProbeServer, number: number, options: FakeAgentOptions = {}) {
  const node = `n${number}`
  const controller = new AbortController()
  const seen = {
    open: 0,
    peers: [] as readonly string[],
    works: [] as LoopWork[],
    streams: [] as readonly SteadyStream[],
    /** Lost with the next account, by Node. */
    losses: new Map<string, number>(),
    stop: () => controller.abort(),
  }
  const ip = (last: number) => parseIp(`10.244.${number}.${last}`)
  const open = async (peers: readonly string[]): Promise<ProbeEndpoint> => {
    const trouble = options.trouble?.()
    if (trouble !== undefined) throw new Error(trouble)
    seen.open += 1
    seen.peers = peers
    const totals = new Map<string, {sent: number; lost: number}>()
    return {
      addresses: {live: ip(9), routed: ip(10), tunnelled: ip(11)},
      mtu: 1450,
      deviceMtu: 1500,
      send: (work) => {
        seen.works.push(work)
        return options.send?.(work) ?? Promise.resolve(work.streams.map(({to, form}) => ({to, form, ...whole})))
      },
      direct: (_, streams) => {
        seen.streams = streams
      },
      account: async () =>
        seen.streams.map(({to, form, toRun}) => {
          const before = totals.get(`${to} ${toRun}`) ?? {sent: 0, lost: 0}
          const more = seen.losses.get(to) ?? 0
          const total = {sent: before.sent + 100, lost: before.lost + more}
          totals.set(`${to} ${toRun}`, total)
          seen.losses.delete(to)
          return {to, form, toRun, ...total, longestGap: more * 10, roundTrip: {median: 0.2, p99: 1}}
        }),
      [Symbol.asyncDispose]: async () => void (seen.open -= 1),
    }
  }
  const watching = server.watchers.size
  const log = openLog(node, 'silent')
  followProbeSessions({api: server.api, node, open, log, signal: controller.signal, pause: 20, ...unrenewedOf(options)})
  await expect.poll(() => server.watchers.size).toBe(watching + 1)
  return seen
}

function unrenewedOf({unrenewed}: FakeAgentOptions): {readonly unrenewed?: number} {
  return unrenewed === undefined ? {} : {unrenewed}
}

const whole = {sent: 1, lost: 0, longestGap: 0, mtu: 1450}
