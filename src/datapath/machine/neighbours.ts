import {setTimeout as sleep} from 'node:timers/promises'
import {familyOf, type Mac} from '../../model/address.ts'
import type {KernelNeighbor} from '../../model/agent-api.ts'
import type {NextHop} from '../host/state.ts'
import type {Control} from '../ovsdb/control.ts'
import {dumpLinks, findLink} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {flags, type Message} from './netlink/message.ts'
import type {Netlink} from './netlink/requests.ts'
import {neighbourStates} from './netlink/route-words.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'

const patience = 1_000

/** MACs that the kernel knows, by "dev ip". */
export function observeNeighbours(): ReadonlyMap<string, Mac> {
  const netlink = kernel('route')
  const names = new Map(dumpLinks(netlink).map(({index, name}) => [index, name]))
  return new Map(
    dumpNeighbourMessages(netlink).flatMap((message) => {
      const {index, to, mac, state} = rtnetlink.neighbour.decode(message.body)
      const isKnown = to !== undefined && mac !== undefined && (state & rtnetlink.neighbourStates.failed) === 0
      return isKnown ? [[`${names.get(index)} ${to}`, mac] as const] : []
    }),
  )
}

/** All of them, with the kernel's word for how sure it is. */
export function listNeighbours(): readonly KernelNeighbor[] {
  const netlink = kernel('route')
  const names = new Map(dumpLinks(netlink).map(({index, name}) => [index, name]))
  return dumpNeighbourMessages(netlink).flatMap((message) => {
    const {index, to, mac, state} = rtnetlink.neighbour.decode(message.body)
    if (to === undefined || state === rtnetlink.neighbourStates.none) return []
    const dev = names.get(index) ?? String(index)
    return [{ip: to, dev, state: neighbourStates.word(state), ...(mac !== undefined && {mac})}]
  })
}

export function dumpNeighbourMessages(netlink: Netlink): readonly Message[] {
  const body = rtnetlink.neighbour.encode({})
  return netlink.dump({type: rtnetlink.types.getNeighbour, body, what: 'neighbours'})
}

/** Makes the kernel ask for the MACs that it does not know; a silent neighbour is no error. */
export async function warmNeighbours(hops: readonly NextHop[]): Promise<ReadonlyMap<string, Mac>> {
  let known = observeNeighbours()
  const missing = () => hops.filter(({dev, ip}) => !known.has(`${dev} ${ip}`))
  if (missing().length > 0) resolve(missing())
  for (const deadline = performance.now() + patience; missing().length > 0 && performance.now() < deadline;) {
    await sleep(20)
    known = observeNeighbours()
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

/** As `ip neigh replace IP dev DEV use` does: the kernel asks at once and keeps asking as for a packet. */
function resolve(hops: readonly NextHop[]): void {
  const netlink = kernel('route')
  netlink.perform(
    hops.flatMap(({dev, ip}) => {
      const index = findLink(netlink, dev)?.index
      if (index === undefined) return []
      const family = rtnetlink.families[`ipv${familyOf(ip)}`]
      const body = rtnetlink.neighbour.encode({family, index, flags: rtnetlink.resolveNow, to: ip})
      const what = `neighbour ${ip} dev ${dev}`
      // A device that is down can ask nobody; the route to it says the same more clearly.
      return [
        {type: rtnetlink.types.newNeighbour, flags: flags.create | flags.replace, body, what, ignores: ['ENETDOWN']},
      ]
    }),
  )
}
