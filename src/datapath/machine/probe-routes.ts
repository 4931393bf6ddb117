import type {Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {routeProtocol} from '../host/routes.ts'
import {requireIndex} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {flags} from './netlink/message.ts'
import type {Request} from './netlink/requests.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {ownChange} from './own-changes.ts'

/** Of the routed probes, beside the main table, and of the rule that sends them there. */
const table = 165
const priority = 165

/**
 * Packets from this address follow these routes before any of the main table, until it is disposed of. What a process that
 * was killed left for the same address is the same rule again; its routes give way. Those of `before` that are not among the
 * new ones go last, so that no packet of the others finds none.
 */
export function divertProbes(
  from: Ip,
  routes: readonly KernelRoute[],
  before: readonly KernelRoute[] = [],
): Disposable {
  const staying = new Set(routes.map(({to}) => to))
  const netlink = kernel('route')
  const add = flags.create | flags.replace
  ownChange(() =>
    netlink.perform([
      ...routes.map((route) => encodeRoute(route, requireIndex(netlink, route.dev), rtnetlink.types.newRoute, add)),
      {...ruleOf(from), type: rtnetlink.types.newRule, flags: flags.create | flags.exclusive, ignores: ['EEXIST']},
      ...before.filter(({to}) => !staying.has(to)).map((route) => removal(route)),
    ]),
  )
  return {
    [Symbol.dispose]: () =>
      ownChange(() =>
        netlink.perform([
          {...ruleOf(from), type: rtnetlink.types.delRule, ignores: ['ENOENT']},
          ...routes.map((route) => removal(route)),
        ]),
      ),
  }
}

/** What a process that was killed left, for whatever address it was. */
export function forgetProbeRoutes(): void {
  const netlink = kernel('route')
  ownChange(() => {
    // Each request takes one rule away, as many as there ever were at once.
    netlink.perform(Array.from({length: 3}, () => ({type: rtnetlink.types.delRule, ...anyRule})))
    const body = rtnetlink.route.encode({family: rtnetlink.families.ipv4, table})
    // A table that never had a route is not there.
    const rows = netlink.dump({type: rtnetlink.types.getRoute, body, what: 'routes of the probes', ignores: ['ENOENT']})
    const left = rows.map((message) => rtnetlink.route.decode(message.body))
    netlink.perform(left.map(({to = '0.0.0.0', toLength}) => removal({to: `${to}/${toLength}`, dev: ''})))
  })
}

const anyRule = {body: encodeRule(), what: 'rule of the probes', ignores: ['ENOENT']} as const

function removal(route: KernelRoute): Request {
  return {...encodeRoute(route, undefined, rtnetlink.types.delRoute, 0), ignores: ['ESRCH']}
}

function ruleOf(from: Ip): Omit<Request, 'type'> {
  return {body: encodeRule(from), what: `rule from ${from} lookup ${table}`}
}

function encodeRule(from?: Ip): Buffer {
  return rtnetlink.rule.encode({
    family: rtnetlink.families.ipv4,
    fromLength: from === undefined ? 0 : 32,
    action: rtnetlink.lookThere,
    from,
    priority,
    table,
  })
}

function encodeRoute(route: KernelRoute, index: number | undefined, type: number, more: number): Request {
  const {to, via} = route
  const [address = '', length = '32'] = to.split('/')
  const scope = via === undefined ? rtnetlink.scopes.link : rtnetlink.scopes.global
  const body = rtnetlink.route.encode({
    family: rtnetlink.families.ipv4,
    toLength: Number(length),
    protocol: Number(routeProtocol),
    scope: type === rtnetlink.types.delRoute ? rtnetlink.scopes.nowhere : scope,
    type: 1,
    table,
    to: address,
    index,
    via,
  })
  return {type, flags: more, body, what: `route ${to} of table ${table}`}
}
