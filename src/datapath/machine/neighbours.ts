import {createSocket} from 'node:dgram'
import {setTimeout as sleep} from 'node:timers/promises'
import * as v from 'valibot'
import {isIpText, type Mac, parseMac} from '../../model/address.ts'
import type {NextHop} from '../host/state.ts'
import type {Control} from '../ovsdb/control.ts'
import {runProgram} from './program.ts'

const patience = 1_000
const discardPort = 9

/** A row of `ip -j neigh show`. */
const rowSchema = v.object({
  dst: v.string(),
  dev: v.optional(v.string()),
  lladdr: v.optional(v.string()),
  state: v.optional(v.array(v.string()), []),
})

/** MACs that the kernel knows, by "dev ip". */
async function observeNeighbours(): Promise<ReadonlyMap<string, Mac>> {
  const rows = v.parse(v.array(rowSchema), JSON.parse((await runProgram('ip', ['-j', 'neigh', 'show'])) || '[]'))
  return new Map(
    rows.flatMap(({dst, dev, lladdr, state}) =>
      lladdr === undefined || state.includes('FAILED') || !isIpText(dst)
        ? []
        : [[`${dev} ${dst}`, parseMac(lladdr)] as const],
    ),
  )
}

/** Makes the kernel learn the MACs by a datagram to each; a silent neighbour is no error. */
export async function warmNeighbours(hops: readonly NextHop[]): Promise<ReadonlyMap<string, Mac>> {
  let known = await observeNeighbours()
  const missing = () => hops.filter(({dev, ip}) => !known.has(`${dev} ${ip}`))
  if (missing().length > 0) await provoke(missing())
  for (const deadline = performance.now() + patience; missing().length > 0 && performance.now() < deadline;) {
    await sleep(20)
    known = await observeNeighbours()
  }
  return known
}

/** Copies the MACs of these next hops into OVS's tunnel neighbour table, which never asks under steady traffic. */
export async function putTunnelNeighbours(hops: readonly NextHop[], control: Control): Promise<void> {
  const known = await warmNeighbours(hops)
  for (const {dev, ip} of hops) {
    const mac = known.get(`${dev} ${ip}`)
    if (mac !== undefined) await control.run('tnl/neigh/set', [dev, ip, mac])
  }
}

async function provoke(hops: readonly NextHop[]): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await Promise.all(
      hops.map(({ip}) => {
        const {promise, resolve} = Promise.withResolvers<void>()
        // An address without a route answers with an error here; the route table says the same more clearly.
        socket.send(Buffer.alloc(1), discardPort, ip, () => resolve())
        return promise
      }),
    )
  } finally {
    socket.close()
  }
}
