import {setImmediate} from 'node:timers/promises'
import type {KernelRoute} from '../../model/agent-api.ts'
import {peerTables} from '../host/peer-tables.ts'
import {placeOf} from '../host/routes.ts'
import {dumpLinks, findLink, requireIndex} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {flags} from './netlink/message.ts'
import type {Netlink, Request} from './netlink/requests.ts'
import {protocols, routeTypes, scopes} from './netlink/route-words.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'

/** The main table, or only what leaves by one device. */
export async function observeRoutes(dev?: string): Promise<readonly KernelRoute[]> {
  return dumpRoutes(kernel('route'), {dev})
}

/** The main table, then those of the peers. */
export async function observeAllRoutes(): Promise<readonly KernelRoute[]> {
  return dumpRoutes(kernel('route'), {tables: ourTables})
}

const ourTables: readonly number[] = [rtnetlink.mainTable, ...Object.values(peerTables).map(({table}) => table)]

/**
 * One of the same protocol to the same destination with the same metric gives way at the same moment; somebody else's
 * stays, behind ours, and counts again when ours is removed.
 */
export async function putRoutes(routes: readonly KernelRoute[]): Promise<void> {
  const netlink = kernel('route')
  const indexes = new Map<string, number>([['', 0]])
  const indexOf = ({dev}: KernelRoute): number => {
    const index = indexes.get(dev) ?? requireIndex(netlink, dev)
    indexes.set(dev, index)
    return index
  }
  let there: ReadonlyMap<string, readonly KernelRoute[]> | undefined
  await eachPart(routes, (part) => {
    const additions = part.map((route) => ({
      ...newRoute(route, indexOf(route), flags.exclusive),
      ignores: ['EEXIST'],
      route,
    }))
    const refused = new Set<Request>(netlink.perform(additions))
    if (refused.size === 0) return
    there ??= Map.groupBy(dumpRoutes(netlink, {tables: ourTables}), placeOf)
    const rivals = there
    const contested = additions.filter((addition) => refused.has(addition)).map(({route}) => route)
    netlink.perform(contested.flatMap((route) => inFront(route, rivals.get(placeOf(route)) ?? [], indexOf)))
  })
}

function inFront(
  route: KernelRoute,
  rivals: readonly KernelRoute[],
  indexOf: (route: KernelRoute) => number,
): readonly Request[] {
  const isTwin = ({protocol}: KernelRoute): boolean => protocol === route.protocol
  const [first, ...behind] = rivals
  const twins = (first !== undefined && isTwin(first) ? behind : rivals).filter(isTwin)
  // Of two with the same words the kernel takes no second one: what is behind goes first.
  const removals = twins.map((twin) => removeRoute(twin, indexOf(twin)))
  return [
    ...removals,
    first !== undefined && isTwin(first) ? replaceRoute(route, indexOf(route)) : newRoute(route, indexOf(route)),
  ]
}

/** A route that is gone already is no error, nor is one whose device is gone. */
export async function removeRoutes(routes: readonly KernelRoute[]): Promise<void> {
  const netlink = kernel('route')
  const indexes = new Map<string, number | undefined>([['', 0]])
  await eachPart(routes, (part) => {
    const requests = part.flatMap((route) => {
      if (!indexes.has(route.dev)) indexes.set(route.dev, findLink(netlink, route.dev)?.index)
      const index = indexes.get(route.dev)
      return index === undefined ? [] : [removeRoute(route, index)]
    })
    netlink.perform(requests)
  })
}

/** A millisecond or two of work; others may run between two parts. */
const partSize = 500

/** Throws the first refusal when all parts were tried. */
async function eachPart(
  routes: readonly KernelRoute[],
  perform: (part: readonly KernelRoute[]) => void,
): Promise<void> {
  const refusals: unknown[] = []
  for (let at = 0; at < routes.length; at += partSize) {
    if (at > 0) await setImmediate()
    try {
      perform(routes.slice(at, at + partSize))
    } catch (error) {
      refusals.push(error)
    }
  }
  if (refusals.length > 0) throw refusals[0]
}

/** In ip-route(8)'s words, without the verb. */
export function describeRoute(route: KernelRoute): string {
  const {to, via, dev, src, onlink, protocol, scope, metric, mtu, table} = route
  const words = [to, via && `via ${via}`, `dev ${dev}`, protocol && `proto ${protocol}`]
  const more = [scope && `scope ${scope}`, src && `src ${src}`, metric && `metric ${metric}`, mtu && `mtu ${mtu}`]
  return [...words, ...more, onlink === true && 'onlink', table && `table ${table}`].filter(Boolean).join(' ')
}

/** The route that counts at this place gives way, whoever put it. */
export function replaceRoute(route: KernelRoute, index: number): Request {
  return newRoute(route, index, flags.replace)
}

/** Without flags it comes before others of the same place. */
function newRoute(route: KernelRoute, index: number, more = 0): Request {
  const defaultScope = route.via === undefined && (route.type ?? 'unicast') === 'unicast' ? 'link' : 'global'
  return {
    type: rtnetlink.types.newRoute,
    flags: flags.create | more,
    body: encodeRoute(route, index, scopes.number(route.scope ?? defaultScope)),
    what: () => `route ${describeRoute(route)}`,
  }
}

export function dumpRoutes(
  netlink: Netlink,
  {dev, tables = [rtnetlink.mainTable]}: {readonly dev?: string | undefined; readonly tables?: readonly number[]} = {},
): readonly KernelRoute[] {
  const names = new Map(dumpLinks(netlink).map(({index, name}) => [index, name ?? '']))
  const index = dev === undefined ? undefined : requireIndex(netlink, dev)
  return tables.flatMap((table) => {
    const body = rtnetlink.route.encode({family: rtnetlink.families.ipv4, table, index})
    // A table that never had a route is not there.
    const request = {type: rtnetlink.types.getRoute, body, what: 'routes', ignores: ['ENOENT']}
    return netlink.dump(request).map((message) => translateRow(rtnetlink.route.decode(message.body), names))
  })
}

function removeRoute(route: KernelRoute, index: number): Request {
  const body = encodeRoute(route, index, scopes.number(route.scope ?? 'nowhere'))
  return {type: rtnetlink.types.delRoute, body, what: () => `remove route ${describeRoute(route)}`, ignores: ['ESRCH']}
}

function encodeRoute(route: KernelRoute, index: number, scope: number): Buffer {
  const [to = '', length = '32'] = route.to.split('/')
  return rtnetlink.route.encode({
    family: rtnetlink.families.ipv4,
    toLength: Number(length),
    protocol: protocols.number(route.protocol ?? 'boot'),
    scope,
    type: routeTypes.number(route.type ?? 'unicast'),
    flags: route.onlink === true ? rtnetlink.onlinkFlag : 0,
    table: route.table ?? rtnetlink.mainTable,
    to: Number(length) === 0 ? undefined : to,
    index: index === 0 ? undefined : index,
    via: route.via,
    source: route.src,
    metric: route.metric,
    metrics: route.mtu === undefined ? undefined : {mtu: route.mtu},
  })
}

/** A route with several next hops has no one device: its `dev` is ''. */
export function translateRow(
  row: ReturnType<typeof rtnetlink.route.decode>,
  names: ReadonlyMap<number, string>,
): KernelRoute {
  const mtu = row.metrics?.mtu
  const type = routeTypes.word(row.type)
  const scope = scopes.word(row.scope)
  return {
    to: `${row.to ?? '0.0.0.0'}/${row.toLength}`,
    dev: row.index === undefined ? '' : (names.get(row.index) ?? ''),
    ...(type !== 'unicast' && {type}),
    ...(row.via !== undefined && {via: row.via}),
    ...(row.source !== undefined && {src: row.source}),
    ...((row.flags & rtnetlink.onlinkFlag) !== 0 && {onlink: true}),
    protocol: protocols.word(row.protocol),
    ...(scope !== 'global' && {scope}),
    ...(row.metric !== undefined && {metric: row.metric}),
    ...(mtu !== undefined && {mtu}),
    ...(row.table !== undefined && !isUsual(row.table) && {table: row.table}),
  }
}

/** One that the kernel looks up without anybody's rule. */
function isUsual(table: number): boolean {
  return table === rtnetlink.mainTable || table === rtnetlink.localTable
}
