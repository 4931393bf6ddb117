import type {Cidr} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {isOurs} from '../host/routes.ts'
import type {HostSettings, LinkSetting} from '../host/state.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Changes} from './changes.ts'
import {diff} from './diff.ts'
import {linkKind, sysctlKind} from './kinds.ts'
import type {Ledger} from './ledger.ts'

/** What one Node holds, as the switch and the kernel say; a part that is left out is as we made it last. */
export interface Observed {
  readonly flows?: readonly Flow[]
  /** The whole main table: ours are found by their protocol. */
  readonly routes?: readonly KernelRoute[]
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
}

/**
 * From what is there to what is wanted: by comparison where somebody looked, by what the ledger was told where not.
 * Yields often, because a comparison may be long.
 */
export function* compare(ledger: Ledger, settings: HostSettings, observed: Observed): Generator<void, Changes> {
  const taken = ledger.take()
  const {flows, routes, nft} = observed
  return {
    flows: flows === undefined ? taken.flows : yield* ledger.flows.compare(flows),
    routes: routes === undefined ? taken.routes : yield* ledger.routes.compare(routes.filter(isOurs)),
    guards: nft === undefined ? taken.guards : yield* presentGuards(ledger, nft),
    podCidrs: nft === undefined ? taken.podCidrs : yield* ledger.podCidrs.compare(nft.podCidrs),
    tunnelEndpoints: taken.tunnelEndpoints,
    ...settingChanges(settings, observed),
  }
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

function settingChanges(want: HostSettings, {settings}: Observed): Pick<Changes, 'sysctls' | 'links'> {
  if (settings === undefined) return {sysctls: [], links: []}
  const values = Object.entries(settings.sysctls).map(([key, value]) => ({key, value}))
  return {
    sysctls: diff(sysctlKind, values, want.sysctls).put,
    links: diff(linkKind, settings.links, want.links).put,
  }
}
