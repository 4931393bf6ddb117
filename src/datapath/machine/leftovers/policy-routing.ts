import {names} from '../../../model/names.ts'
import {dumpLinks, findLink} from '../links.ts'
import {kernel} from '../netlink/kernel.ts'
import * as rtnetlink from '../netlink/rtnetlink.ts'
import type {Swept} from './remove.ts'

type Rule = ReturnType<typeof rtnetlink.rule.decode>

/** Answers of Egress connections: "fwmark 0x40000000 lookup 141", there the default route into antrea-gw0. */
const egressReply = {mark: 0x4000_0000, table: 141}
/**
 * Egress with subnets of its own: "fwmark N/0xff lookup 101", N below 256; tables 101 to 120. Others use such numbers, too:
 * what upstream routes there leaves by a VLAN device that it made
 * (vlanInterfacePrefix of pkg/agent/ipassigner).
 */
const egressSubnets = {mask: 0xff, first: 101, last: 120, devices: 'antrea-ext.'}

/** Upstream's rules, and the routes of the tables that only they lead to. */
export function removePolicyRouting(): Swept {
  const netlink = kernel('route')
  const rows = netlink.dump({
    type: rtnetlink.types.getRule,
    body: rtnetlink.rule.encode({}),
    what: 'rules',
    ignores: ['EOPNOTSUPP', 'EAFNOSUPPORT'],
  })
  const own = subnetTables()
  const rules = rows.map((row) => rtnetlink.rule.decode(row.body)).filter((rule) => isUpstreams(rule, own))
  const removed = rules.map((rule) => {
    const what = `rule fwmark 0x${(rule.mark ?? 0).toString(16)} lookup ${rule.table}`
    const request = {type: rtnetlink.types.delRule, body: rtnetlink.rule.encode(rule), what}
    netlink.perform([{...request, ignores: ['ENOENT']}])
    return what
  })
  const subnets = new Set(rules.flatMap(({table}) => (table === egressReply.table ? [] : [table])))
  const gateway = findLink(netlink, names.gatewayPort)?.index
  const emptied = [
    ...(gateway === undefined ? [] : removeRoutes(egressReply.table, gateway)),
    ...[...subnets].flatMap((table) => (table === undefined ? [] : removeRoutes(table))),
  ]
  return {removed: [...removed, ...emptied], left: []}
}

function isUpstreams({mark = 0, mask, table = 0}: Rule, own: ReadonlySet<number>): boolean {
  if (mark === egressReply.mark && table === egressReply.table) return true
  return mask === egressSubnets.mask && mark > 0 && mark <= 0xff && own.has(table)
}

/** Those of which every route leaves by a device of upstream's. */
function subnetTables(): ReadonlySet<number> {
  const {first, last, devices} = egressSubnets
  const links = dumpLinks(kernel('route')).filter(({name}) => name?.startsWith(devices) === true)
  const indexes = new Set<number | undefined>(links.map(({index}) => index))
  if (indexes.size === 0) return new Set()
  const tables = Array.from({length: last - first + 1}, (_, at) => first + at)
  return new Set(
    tables.filter((table) => {
      const routes = routesOf(table)
      return routes.length > 0 && routes.every(({index}) => indexes.has(index))
    }),
  )
}

/** Of one table, or of what leaves it by one device. */
function removeRoutes(table: number, device?: number): readonly string[] {
  const upstreams = routesOf(table).filter((route) => device === undefined || route.index === device)
  kernel('route').perform(
    upstreams.map((route) => ({
      type: rtnetlink.types.delRoute,
      body: rtnetlink.route.encode(route),
      what: `route of table ${table}`,
      ignores: ['ESRCH'],
    })),
  )
  return upstreams.length === 0
    ? []
    : [`${upstreams.length} ${upstreams.length === 1 ? 'route' : 'routes'} of table ${table}`]
}

function routesOf(table: number) {
  const families = [rtnetlink.families.ipv4, rtnetlink.families.ipv6]
  const rows = families.flatMap((family) =>
    kernel('route').dump({
      type: rtnetlink.types.getRoute,
      body: rtnetlink.route.encode({family, table}),
      what: `table ${table}`,
      ignores: ['ENOENT', 'EOPNOTSUPP', 'EAFNOSUPPORT'],
    }),
  )
  return rows.map((row) => rtnetlink.route.decode(row.body)).filter((route) => route.table === table)
}
