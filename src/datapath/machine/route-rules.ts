import {isPeerTable, describeRule, type RouteRule} from '../host/peer-tables.ts'
import {routeProtocol} from '../host/routes.ts'
import {kernel} from './netlink/kernel.ts'
import {flags} from './netlink/message.ts'
import type {Request} from './netlink/requests.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'

/** Ours: for every packet into a table of the peers, by their protocol. */
export async function observeRules(): Promise<readonly RouteRule[]> {
  const body = rtnetlink.rule.encode({family: rtnetlink.families.ipv4})
  const rows = kernel('route').dump({type: rtnetlink.types.getRule, body, what: 'rules'})
  return rows
    .map((row) => rtnetlink.rule.decode(row.body))
    .filter(isOurs)
    .flatMap(({table, priority = 0}) => (table !== undefined && isPeerTable(table) ? [{table, priority}] : []))
}

/** One that is there already is no error. */
export async function putRules(rules: readonly RouteRule[]): Promise<void> {
  const add = {type: rtnetlink.types.newRule, flags: flags.create | flags.exclusive, ignores: ['EEXIST']}
  kernel('route').perform(rules.map((rule) => ({...about(rule), ...add})))
}

/** One that is gone already is no error. */
export async function removeRules(rules: readonly RouteRule[]): Promise<void> {
  const remove = {type: rtnetlink.types.delRule, ignores: ['ENOENT']}
  kernel('route').perform(rules.map((rule) => ({...about(rule), ...remove})))
}

type Rule = ReturnType<typeof rtnetlink.rule.decode>

function isOurs({action, protocol, from, fromLength, toLength, tos, mark = 0}: Rule): boolean {
  if (protocol !== Number(routeProtocol)) return false
  return action === rtnetlink.lookThere && from === undefined && fromLength + toLength + tos + mark === 0
}

function about(rule: RouteRule): Omit<Request, 'type'> {
  const body = rtnetlink.rule.encode({
    family: rtnetlink.families.ipv4,
    action: rtnetlink.lookThere,
    protocol: Number(routeProtocol),
    ...rule,
  })
  return {body, what: describeRule(rule)}
}
