import type {KernelRoute} from '../../model/agent-api.ts'
import {describeRule, type RouteRule} from '../host/peer-tables.ts'
import {placeOf, sameRoute} from '../host/routes.ts'
import type {LinkSetting, Sysctl} from '../host/state.ts'
import {describeWay, type TunnelWay} from '../host/tunnel-ways.ts'
import {canonicalFlow} from '../openflow/canonical.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Group} from '../openflow/group.ts'
import {printGroup} from '../openflow/group-text.ts'
import {type Meter, printMeter} from '../openflow/meter.ts'
import {printFlow} from '../openflow/text.ts'
import type {SharedKind} from './claims.ts'
import {foldConjunctions} from './conjunctions.ts'
import type {Kind} from './diff.ts'

/**
 * A flow is its table, priority and match; other actions or another cookie make it a modification, never a gap. The
 * match counts as it is written, in any order: the pipeline writes values as a switch gives them back (a test holds
 * that), so that tens of thousands are compared without a detour through bytes.
 */
export const flowKind: SharedKind<Flow> = {
  key: ({table, priority, match}) => `${table} ${priority} ${sorted(match)}`,
  same: (a, b) => a === b || (a.cookie === b.cookie && sameActions(a, b)),
  fold: foldConjunctions,
  describe: (flow) => printFlow(flow),
}

/** Told apart by their text: bucket by bucket as Open vSwitch prints it. */
export const groupKind: SharedKind<Group> = {
  key: ({id}) => String(id),
  same: (a, b) => a === b || plainText(a) === plainText(b),
  describe: printGroup,
}

export const meterKind: SharedKind<Meter> = {
  key: ({id}) => String(id),
  same: (a, b) => a === b || printMeter(a) === printMeter(b),
  describe: printMeter,
}

export const routeKind: SharedKind<KernelRoute> = {
  key: placeOf,
  same: sameRoute,
  describe: ({to, via, dev, mtu, table}) =>
    [`${to} via ${via} dev ${dev}`, mtu && `mtu ${mtu}`, table && `table ${table}`].filter(Boolean).join(' '),
}
export const ruleKind: SharedKind<RouteRule> = {key: describeRule, same: () => true, describe: describeRule}
/** The source follows from the kernel's addresses: where they change, the row is to be put anew. */
export const wayKind: SharedKind<TunnelWay> = {
  key: ({to}) => to,
  same: (a, b) => a.via === b.via && a.src === b.src,
  describe: (way) => `tunnels to ${describeWay(way)}`,
}
export const nameKind = {key: (name: string) => name, same: () => true, describe: (name: string) => name}
export const sysctlKind: Kind<Sysctl> = {key: ({key}) => key, same: (a, b) => a.value === b.value}
/** There may be more addresses than are wanted. */
export const linkKind: Kind<LinkSetting> = {
  key: ({name}) => name,
  same: (there, wanted) =>
    there.mtu === wanted.mtu &&
    there.up === wanted.up &&
    wanted.addresses.every(({ip, prefix}) => there.addresses.some((has) => has.ip === ip && has.prefix === prefix)),
}

/** A switch leaves out the weight of a bucket that has as much as any other. */
function plainText(group: Group): string {
  const buckets = group.buckets.map(({weight = 1, ...bucket}) => (weight === 1 ? bucket : {...bucket, weight}))
  return printGroup({...group, buckets})
}

function sorted(match: Flow['match']): string {
  const names = Object.keys(match)
  // A handful of names, tens of thousands of times: by insertion, which costs a third of sort().
  for (let from = 1; from < names.length; from++) {
    const name = names[from] ?? ''
    let to = from
    for (; to > 0 && (names[to - 1] ?? '') > name; to--) names[to] = names[to - 1] ?? ''
    names[to] = name
  }
  let text = ''
  for (const name of names) text += `${name}=${match[name]},`
  return text
}

function sameActions(a: Flow, b: Flow): boolean {
  const equal = (x: readonly string[], y: readonly string[]) =>
    x.length === y.length && x.every((action, at) => action === y[at])
  return equal(a.actions, b.actions) || equal(canonicalFlow(a).actions, canonicalFlow(b).actions)
}
