import type {Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {dumpLinks, requireIndex} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {translateRow} from './routes.ts'
import {KernelRefusal} from './system-calls.ts'

export interface RouteQuestion {
  readonly to: Ip
  readonly from?: Ip | undefined
  /** The device by which the packet comes in; absent: the Node itself sends it. */
  readonly in?: string | undefined
}

export interface RouteAnswer {
  /** The row of the table that decides. */
  readonly route?: KernelRoute
  /** What the Node itself would send from. */
  readonly source?: string
  /** Why the kernel lets no such packet through, by errno: ENETUNREACH, EINVAL for a black hole, EXDEV for rp_filter. */
  readonly refusal?: string
}

/** Asks the kernel itself, so that rules, other tables and filters of sources count as for a packet. */
export function askRoute(question: RouteQuestion): RouteAnswer {
  const netlink = kernel('route')
  const names = new Map(dumpLinks(netlink).map(({index, name}) => [index, name ?? '']))
  const ask = (flags: number): KernelRoute | undefined => {
    const body = rtnetlink.route.encode({
      family: rtnetlink.families.ipv4,
      toLength: 32,
      flags,
      to: question.to,
      ...(question.from !== undefined && {fromLength: 32, from: question.from}),
      ...(question.in !== undefined && {incoming: requireIndex(netlink, question.in)}),
    })
    const [row] = netlink.ask({type: rtnetlink.types.getRoute, body, what: `route to ${question.to}`})
    return row === undefined ? undefined : translateRow(rtnetlink.route.decode(row.body), names)
  }
  try {
    const given = ask(0)
    const route = ask(rtnetlink.fibMatch | rtnetlink.nameTable)
    return {...(route !== undefined && {route}), ...(given?.src !== undefined && {source: given.src})}
  } catch (error) {
    if (error instanceof KernelRefusal) return {refusal: error.errno}
    throw error
  }
}
