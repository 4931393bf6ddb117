import type {Deviation, DeviationKind} from '../../model/agent-api.ts'
import type {Flow} from '../openflow/flow.ts'
import {ownerText} from '../pipeline/cookies.ts'
import type {Changes} from './changes.ts'
import type {Claims, SharedKind} from './claims.ts'
import {type Observed, type Part, parts} from './compare.ts'
import {describeLink, describeResize} from './describe.ts'
import type {Diff, Kind} from './diff.ts'
import {flowKind, groupKind, linkKind, meterKind, nameKind, routeKind, ruleKind, sysctlKind, wayKind} from './kinds.ts'
import type {Ledger} from './ledger.ts'

/** A change that must be made is something that is not as it should be: these changes as a list for people. */
export function* deviations(ledger: Ledger, changes: Changes, observed: Observed): Generator<Deviation> {
  const {flows, groups, meters, routes, rules, ways, guards, podCidrs, sysctls, links, ruleset, resizes} = changes
  yield* ofClaims('group', groups, {claims: ledger.groups, kind: groupKind, there: observed.groups})
  yield* ofClaims('meter', meters, {claims: ledger.meters, kind: meterKind, there: observed.meters})
  yield* ofClaims('flow', flows, {
    claims: ledger.flows,
    kind: flowKind,
    there: flowsThere(observed),
    former: ({cookie}) => ownerText(cookie),
  })
  yield* ofClaims('route', routes, {claims: ledger.routes, kind: routeKind, there: observed.routes})
  yield* ofClaims('route', rules, {claims: ledger.rules, kind: ruleKind, there: observed.rules})
  yield* ofClaims('route', ways, {claims: ledger.ways, kind: wayKind, there: observed.ways})
  yield* ofClaims('guard', guards, {claims: ledger.guards, kind: nameKind, there: observed.nft?.guards})
  yield* ofClaims('podCIDR', podCidrs, {claims: ledger.podCidrs, kind: nameKind})
  if (ruleset !== undefined) yield {kind: 'rules', problem: 'different', what: 'table inet antctl', owner: 'base'}
  const values = Object.entries(observed.settings?.sysctls ?? {}).map(([key, value]) => ({key, value}))
  yield* ofSettings('sysctl', sysctls, values, sysctlKind, ({key, value}) => `${key} = ${value}`)
  yield* ofSettings('link', links, observed.settings?.links ?? [], linkKind, describeLink)
  for (const pod of resizes) yield {kind: 'mtu', problem: 'different', what: describeResize(pod), owner: 'base'}
}

/** How many deviations these changes are, and in which parts of the machine. */
export function countDeviations(changes: Changes): {readonly total: number; readonly parts: readonly Part[]} {
  const {flows, groups, meters, routes, rules, ways, guards, podCidrs, sysctls, links, ruleset, resizes} = changes
  const sizeOf = ({put, remove}: Diff<unknown>) => put.length + remove.length
  const counts = {
    flows: sizeOf(flows) + sizeOf(groups) + sizeOf(meters),
    routes: sizeOf(routes) + sizeOf(rules) + sizeOf(ways),
    nft: sizeOf(guards) + sizeOf(podCidrs) + (ruleset === undefined ? 0 : 1),
    settings: sysctls.length + links.length,
    pods: resizes.length,
  } satisfies Record<Part, number>
  return {
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    parts: parts.filter((part) => counts[part] > 0),
  }
}

function flowsThere({flows, changedFlows = []}: Observed): readonly Flow[] {
  return flows ?? changedFlows.flatMap(({flow, isThere}) => (isThere ? [flow] : []))
}

interface Sources<T> {
  readonly claims: Claims<T>
  readonly kind: SharedKind<T>
  /** All that is there of this kind. */
  readonly there?: readonly T[] | undefined
  /** Whose it was, where the value itself tells. */
  readonly former?: (value: T) => string | undefined
}

function* ofClaims<T>(kind: DeviationKind, {put, remove}: Diff<T>, sources: Sources<T>): Generator<Deviation> {
  const {
    claims,
    kind: {key, describe},
    there = [],
    former,
  } = sources
  const wanted = new Set(put.map(key))
  const found = new Map(wanted.size === 0 ? [] : there.map((value) => [key(value), value]))
  for (const value of put) {
    const instead = found.get(key(value))
    const owner = claims.ownersOf(value).join(', ')
    yield {kind, what: describe(value), owner, ...compared(instead === undefined ? undefined : describe(instead))}
  }
  for (const value of remove) yield {kind, problem: 'extra', what: describe(value), owner: former?.(value) ?? 'nobody'}
}

function* ofSettings<T>(
  kind: DeviationKind,
  put: readonly T[],
  there: readonly T[],
  {key}: Kind<T>,
  describe: (value: T) => string,
): Generator<Deviation> {
  for (const value of put) {
    const instead = there.find((other) => key(other) === key(value))
    yield {
      kind,
      what: describe(value),
      owner: 'base',
      ...compared(instead === undefined ? undefined : describe(instead)),
    }
  }
}

function compared(found: string | undefined): Pick<Deviation, 'problem' | 'found'> {
  return found === undefined ? {problem: 'missing'} : {problem: 'different', found}
}
