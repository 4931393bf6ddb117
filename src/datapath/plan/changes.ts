import {isIpText, parseIp} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {nextHops} from '../host/neighbours.ts'
import {peerTables, type RouteRule} from '../host/peer-tables.ts'
import {throughBridge} from '../host/routes.ts'
import type {PodResize} from '../host/pod-sizes.ts'
import type {LinkSetting, Sysctl} from '../host/state.ts'
import type {TunnelWay} from '../host/tunnel-ways.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Meter} from '../openflow/meter.ts'
import {takesStrangers} from '../pipeline/strangers.ts'
import type {Diff} from './diff.ts'
import type {SliceChanges} from './ledger.ts'
import {ordered, type Step} from './steps.ts'

/** All that is to be changed, kind by kind. */
export interface Changes extends SliceChanges {
  readonly sysctls: readonly Sysctl[]
  readonly links: readonly LinkSetting[]
  /** Pods that take or send too much or too little. */
  readonly resizes: readonly PodResize[]
  /** Whole table inet antctl, podCIDRs included. */
  readonly ruleset?: string
}

/** What the order depends on, beside the changes. */
export interface Surroundings {
  /** Routes of others: by them the next hops are found. */
  readonly underlay: readonly KernelRoute[]
  /** Is the destination some peer's podCIDR to which no table of ours leads? */
  readonly isFabrics: (podCidr: string) => boolean
  /** Do routes without a tunnel count? */
  readonly isDirect: boolean
  readonly directRoutes: () => readonly KernelRoute[]
  /** Is it an address whose next hop Open vSwitch must know? */
  readonly isTunnelEndpoint: (ip: string) => boolean
  /** Open vSwitch's own routes, all that are wanted. */
  readonly tunnelWays: () => readonly TunnelWay[]
  readonly transportDevice: string
}

/** The steps that make these changes, in the order that leaves no hole. Nothing to do: no steps. */
export function planSteps(changes: Changes, around: Surroundings): readonly Step[] {
  const {sysctls, links, ruleset, guards, podCidrs} = changes
  const routes = [...routeSteps(changes, around), ...ruleSteps(changes.rules)]
  const sizes = sizeSteps(changes.resizes)
  return ordered([
    ...unlessEmpty(sysctls, {kind: 'sysctls', sysctls}),
    ...unlessEmpty(links, {kind: 'links', links}),
    ...unlessEmpty(guards.put, {kind: 'guard', devices: guards.put}),
    ...unlessEmpty(guards.remove, {kind: 'unguard', devices: guards.remove}),
    ...(ruleset === undefined ? setSteps(podCidrs) : [{kind: 'ruleset', ruleset} as const]),
    ...sizes,
    ...routes,
    ...waySteps(changes, around),
    ...tunnelNeighbours(changes.flows.put, around),
    ...meterSteps(changes.meters),
    ...forwarding(changes, [...routes, ...sizes]),
  ])
}

/** All of them are put again with each that changes: one that goes takes what comes in by the others along. */
function waySteps({ways: {put, remove}}: Changes, {tunnelWays, transportDevice}: Surroundings): readonly Step[] {
  return unlessEmpty([...put, ...remove], {kind: 'tunnel-ways', ways: tunnelWays(), dev: transportDevice})
}

function setSteps({put, remove}: Diff<string>): readonly Step[] {
  return [
    ...unlessEmpty(put, {kind: 'pod-cidrs', podCidrs: put}),
    ...unlessEmpty(remove, {kind: 'remove-pod-cidrs', podCidrs: remove}),
  ]
}

/** Which tables are looked up: a tunnel's no more before the flows change, and again when they have changed. */
function ruleSteps({put, remove}: Diff<RouteRule>): readonly Step[] {
  const [direct, tunnelled] = [put.filter(isDirect), put.filter((rule) => !isDirect(rule))]
  return [
    ...unlessEmpty(direct, {kind: 'direct-rules', rules: direct}),
    ...unlessEmpty(remove, {kind: 'withdraw-rules', rules: remove}),
    ...unlessEmpty(tunnelled, {kind: 'tunnel-rules', rules: tunnelled}),
  ]
}

function isDirect({table}: RouteRule): boolean {
  return table === peerTables.nearDirect.table
}

/** By which routes to peers count from now on that did not before. */
function newlyDirect({routes, rules}: Changes, {directRoutes}: Surroundings): readonly KernelRoute[] {
  const isWithdrawn = rules.remove.some(({table}) => table === peerTables.nearTunnel.table)
  if (isWithdrawn || rules.put.some(isDirect)) return directRoutes()
  return routes.put.filter((route) => !throughBridge(route))
}

function routeSteps(changes: Changes, around: Surroundings): readonly Step[] {
  const {put, remove} = changes.routes
  const {underlay, isFabrics, isDirect} = around
  const [direct, tunnelled] = [put.filter((route) => !throughBridge(route)), put.filter(throughBridge)]
  const hops = nextHops(
    isDirect ? newlyDirect(changes, around).flatMap(({via}) => (via === undefined ? [] : [parseIp(via)])) : [],
    underlay,
  )
  const [withdrawn, gone] = [remove.filter(({to}) => isFabrics(to)), remove.filter(({to}) => !isFabrics(to))]
  return [
    ...unlessEmpty(hops, {kind: 'warm-neighbours', hops}),
    ...unlessEmpty(direct, {kind: 'direct-routes', routes: direct}),
    ...unlessEmpty(withdrawn, {kind: 'withdraw-routes', routes: withdrawn}),
    ...unlessEmpty(tunnelled, {kind: 'tunnel-routes', routes: tunnelled}),
    ...unlessEmpty(gone, {kind: 'remove-routes', routes: gone}),
  ]
}

/** A userspace datapath drops what it has no neighbour for, so it must know the next hop before a flow sends there. */
function tunnelNeighbours(added: readonly Flow[], {underlay, isTunnelEndpoint}: Surroundings): readonly Step[] {
  const targets = new Set(added.flatMap(({actions}) => actions.flatMap(tunnelTarget)))
  const hops = nextHops([...targets].filter(isTunnelEndpoint).map(parseIp), underlay)
  return unlessEmpty(hops, {kind: 'tunnel-neighbours', hops})
}

function tunnelTarget(action: string): readonly string[] {
  const ip = action.startsWith('set_field:') && action.endsWith('->tun_dst') ? action.slice(10, -9) : ''
  return isIpText(ip) ? [ip] : []
}

function meterSteps({put, remove}: Diff<Meter>): readonly Step[] {
  return [
    ...unlessEmpty(put, {kind: 'meters', meters: put}),
    ...unlessEmpty(remove, {kind: 'remove-meters', ids: remove.map(({id}) => id)}),
  ]
}

function sizeSteps(resizes: readonly PodResize[]): readonly Step[] {
  const [growing, others] = [resizes.filter(({grows}) => grows), resizes.filter(({grows}) => !grows)]
  return [
    ...unlessEmpty(others, {kind: 'limit-pods', pods: others}),
    ...unlessEmpty(growing, {kind: 'free-pods', pods: growing}),
  ]
}

/** Datapath flows follow the tables up to half a second later: only what counts on them waits for that. */
function forwarding({flows: {put: added, remove}, groups}: Changes, others: readonly Step[]): readonly Step[] {
  const turns = others.some(({kind}) => kind === 'withdraw-rules' || kind === 'direct-rules')
  const receiving = turns ? added.filter(takesStrangers) : []
  const put = turns ? added.filter((flow) => !takesStrangers(flow)) : added
  const ofGroups = {put: groups.put, remove: groups.remove.map(({id}) => id)}
  const hasGroups = groups.put.length + groups.remove.length > 0
  const flows: Step = {kind: 'flows', add: put, remove, ...(hasGroups && {groups: ofGroups})}
  const counting = others.some(({kind}) => countsOnFlows.has(kind))
  return [
    ...unlessEmpty(receiving, {kind: 'receiving-flows', add: receiving}),
    ...unlessEmpty(
      [...put, ...remove, ...groups.put, ...groups.remove],
      flows,
      ...(counting ? [{kind: 'revalidate'} as const] : []),
    ),
  ]
}

const countsOnFlows: ReadonlySet<Step['kind']> = new Set([
  'tunnel-routes',
  'tunnel-rules',
  'remove-routes',
  'free-pods',
])

function unlessEmpty(values: readonly unknown[], ...steps: readonly Step[]): readonly Step[] {
  return values.length === 0 ? [] : steps
}
