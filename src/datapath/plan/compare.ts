import type {Cidr} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {natRules, natRuleset} from '../host/nft.ts'
import {type PodEnds, resize} from '../host/pod-sizes.ts'
import {isLeftover, ourRoutes} from '../host/routes.ts'
import type {RouteRule} from '../host/peer-tables.ts'
import type {HostSettings, LinkSetting} from '../host/state.ts'
import type {TunnelWay} from '../host/tunnel-ways.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Group} from '../openflow/group.ts'
import type {Meter} from '../openflow/meter.ts'
import type {Changes} from './changes.ts'
import {type Diff, diff} from './diff.ts'
import {flowKind, linkKind, sysctlKind} from './kinds.ts'
import type {Ledger, SliceChanges} from './ledger.ts'

/** The parts of switch and kernel that are looked at by themselves: "flows" with the groups and meters they point to. */
export const parts = ['flows', 'routes', 'nft', 'settings', 'pods'] as const
export type Part = (typeof parts)[number]

export interface ChangedFlow {
  readonly flow: Flow
  readonly isThere: boolean
}

/** What one Node holds, as the switch and the kernel say; a part that is left out is as we made it last. */
export interface Observed {
  readonly flows?: readonly Flow[]
  readonly groups?: readonly Group[]
  readonly meters?: readonly Meter[]
  /** Single flows of which the switch told that somebody else put or removed them. */
  readonly changedFlows?: readonly ChangedFlow[]
  /** The whole main table and those of the peers: ours are found by their protocol. */
  readonly routes?: readonly KernelRoute[]
  /** By which the tables of the peers are looked up. */
  readonly rules?: readonly RouteRule[]
  /** Open vSwitch's own routes by the transport device. */
  readonly ways?: readonly TunnelWay[]
  readonly nft?: {
    /** Of table inet antctl, without podCIDRs; in natRules()' words. */
    readonly rules: string
    readonly podCidrs: readonly Cidr[]
    readonly guards: readonly string[]
    /** Chains beside the guards, and guards that somebody changed. */
    readonly strayGuards: readonly string[]
    /** Every device of the Node: a guard has nothing to hold on to where its device is gone. */
    readonly devices: readonly string[]
  }
  readonly settings?: {
    /** Value by key; a key that is missing is written. */
    readonly sysctls: Readonly<Record<string, string>>
    readonly links: readonly LinkSetting[]
  }
  /** Those whose network namespace was found. */
  readonly pods?: readonly PodEnds[]
}

export interface Wanted {
  readonly ledger: Ledger
  readonly settings: HostSettings
}

/**
 * From what is there to what is wanted: by comparison where somebody looked; where not, by `taken`, what the ledger was
 * told since it was in force. Yields often, because a comparison may be long.
 */
export function* compare(
  {ledger, settings}: Wanted,
  observed: Observed,
  taken: SliceChanges = noChanges,
): Generator<void, Changes> {
  const {flows, changedFlows, groups, meters, routes, rules, ways, nft} = observed
  return {
    flows: flows === undefined ? withChanged(ledger, taken.flows, changedFlows) : yield* ledger.flows.compare(flows),
    groups: groups === undefined ? taken.groups : yield* ledger.groups.compare(groups),
    meters: meters === undefined ? taken.meters : yield* ledger.meters.compare(meters),
    routes: routes === undefined ? taken.routes : yield* presentRoutes(ledger, routes),
    rules: rules === undefined ? taken.rules : yield* ledger.rules.compare(rules),
    guards: nft === undefined ? taken.guards : yield* presentGuards(ledger, nft),
    podCidrs: nft === undefined ? taken.podCidrs : yield* ledger.podCidrs.compare(nft.podCidrs),
    tunnelEndpoints: taken.tunnelEndpoints,
    ways: ways === undefined ? taken.ways : yield* ledger.ways.compare(ways),
    ...rulesChange(ledger, settings, observed),
    ...settingChanges(settings, observed),
    resizes: (observed.pods ?? []).flatMap((pod) => resize(pod, settings.podSizes) ?? []),
  }
}

function withChanged(ledger: Ledger, taken: Diff<Flow>, changed: readonly ChangedFlow[] = []): Diff<Flow> {
  const mended = changed.filter(({flow, isThere}) => !ledger.isRight(flow, {isThere}))
  const wanted = mended.flatMap(({flow}) => ledger.flows.get(flowKind.key(flow)) ?? [])
  const unwanted = mended.filter(({flow}) => !ledger.flows.has(flowKind.key(flow)))
  return {put: [...taken.put, ...wanted], remove: [...taken.remove, ...unwanted.map(({flow}) => flow)]}
}

function rulesChange(ledger: Ledger, {nat}: HostSettings, {nft}: Observed): Pick<Changes, 'ruleset'> {
  if (nft === undefined || nft.rules === natRules(nat)) return {}
  return {ruleset: natRuleset(nat, ledger.podCidrs.values())}
}

function* presentRoutes(ledger: Ledger, routes: readonly KernelRoute[]): Generator<void, Diff<KernelRoute>> {
  const {put, remove} = yield* ledger.routes.compare(ourRoutes(routes, (place) => ledger.routes.has(place)))
  return {put, remove: [...remove, ...routes.filter(isLeftover)]}
}

function* presentGuards(
  ledger: Ledger,
  {guards, strayGuards, devices}: NonNullable<Observed['nft']>,
): Generator<void, Changes['guards']> {
  const present = new Set(devices)
  const {put, remove} = yield* ledger.guards.compare([
    ...guards,
    ...strayGuards.filter((name) => !ledger.guards.has(name)),
  ])
  return {put: put.filter((name) => present.has(name)), remove}
}

const nothing = {put: [], remove: []}
export const noChanges: SliceChanges = {
  flows: nothing,
  groups: nothing,
  meters: nothing,
  routes: nothing,
  rules: nothing,
  guards: nothing,
  podCidrs: nothing,
  tunnelEndpoints: nothing,
  ways: nothing,
}

function settingChanges(want: HostSettings, {settings}: Observed): Pick<Changes, 'sysctls' | 'links'> {
  if (settings === undefined) return {sysctls: [], links: []}
  const values = Object.entries(settings.sysctls).map(([key, value]) => ({key, value}))
  return {
    sysctls: diff(sysctlKind, values, want.sysctls).put,
    links: diff(linkKind, settings.links, want.links).put,
  }
}
