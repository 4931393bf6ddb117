import {nodesIn} from '../../model/pair-group.ts'
import type {ProbeResult} from '../../model/probe.ts'
import {type Refused, refused} from '../../model/refusals/refuse.ts'
import type {RefusalId} from '../../model/refusals/table.ts'
import type {ModePlan} from '../set-mode/mode-plan.ts'
import type {UnderlayNeed} from '../underlay/need.ts'
import type {TriedPair} from './sample.ts'

/** What the probes saw, before anything was changed. */
export interface PreflightReport {
  readonly version: 1
  /** Pairs that were tried, of so many that change their way. */
  readonly tried: number
  readonly changed: number
  readonly failures: readonly PreflightFailure[]
  /** Nodes whose agents took no part; nothing is known of their ways. */
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
  readonly refusals: readonly Refused[]
}

export interface PreflightFailure extends TriedPair {
  readonly reason: FailureReason
  /** Bytes of the largest packet that passed that way; 0: none did. */
  readonly mtu: number
  /** Bytes that Pods would send. */
  readonly wanted: number
}

/** Why a pair's new way does not do, in the order in which it is looked for; each is a row of docs/refusals.md. */
export const failureReasons = {
  cut: {id: 'way-cut', asks: undefined},
  'addresses-dropped': {id: 'way-drops-addresses', asks: 'addresses'},
  'routers-ignorant': {id: 'way-unknown-to-routers', asks: 'routes'},
  'tunnel-blocked': {id: 'way-blocks-tunnel', asks: 'tunnel'},
  lossy: {id: 'way-lossy', asks: undefined},
  'mtu-too-small': {id: 'way-too-small', asks: undefined},
  silent: {id: 'way-untold', asks: undefined},
} as const satisfies Record<string, {readonly id: RefusalId; readonly asks: UnderlayNeed['asks'] | undefined}>
export type FailureReason = keyof typeof failureReasons

/** Of packets that are sent in one second: fewer may be lost where the machine is busy. */
const bearable = 0.1

export function judgePreflight(
  plan: ModePlan,
  pairs: readonly TriedPair[],
  {results, silent}: {readonly results: readonly ProbeResult[]; readonly silent: PreflightReport['silent']},
): PreflightReport {
  const byPair = new Map(results.map((result) => [keyOf(result.from, result.to, result.form), result]))
  const away = new Set(silent.map(({node}) => node))
  const state = new Map(plan.nodes.map((node) => [node.node, node]))
  const failures = pairs.flatMap((pair): readonly PreflightFailure[] => {
    const wanted = state.get(pair.from)?.podMtu?.to ?? 0
    const form = pair.becomes === 'tunnelled' ? 'tunnelled' : 'routed'
    const way = byPair.get(keyOf(pair.from, pair.to, form))
    const other = byPair.get(keyOf(pair.from, pair.to, form === 'routed' ? 'tunnelled' : 'routed'))
    const isAway = [pair.from, pair.to].some((node) => away.has(node))
    // Who is not ready is waited for, skipped or stops the change, as was asked; that is no fault of the way.
    if (isAway && [pair.from, pair.to].some((node) => state.get(node)?.state === 'not ready')) return []
    const reason = isAway || way === undefined ? 'silent' : reasonOf(pair, {way, other, wanted})
    return reason === undefined ? [] : [{...pair, reason, mtu: way?.mtu ?? 0, wanted}]
  })
  return {
    version: 1,
    tried: pairs.length,
    changed: plan.pairs.changed,
    failures,
    silent,
    refusals: refusalsOf(plan, failures, silent),
  }
}

interface Tried {
  readonly way: ProbeResult
  readonly other: ProbeResult | undefined
  readonly wanted: number
}

function reasonOf({becomes}: TriedPair, {way, other, wanted}: Tried): FailureReason | undefined {
  if (way.lost < way.sent) {
    if (way.lost > way.sent * bearable) return 'lossy'
    return way.mtu < wanted ? 'mtu-too-small' : undefined
  }
  if (other === undefined || other.lost === other.sent) return 'cut'
  if (becomes === 'tunnelled') return 'tunnel-blocked'
  return becomes === 'fabric' ? 'routers-ignorant' : 'addresses-dropped'
}

/** One for each reason; its first pair is spoken of, the others are listed. */
function refusalsOf(
  plan: ModePlan,
  failures: readonly PreflightFailure[],
  silent: PreflightReport['silent'],
): readonly Refused[] {
  return [...Map.groupBy(failures, ({reason}) => reason)].flatMap(([reason, own]) => {
    const [first] = own
    if (first === undefined) return []
    const {id, asks} = failureReasons[reason]
    const row = refused(id, {...first, ...fillsOf(plan, first), pairs: listed(own), why: whyOf(first, silent)})
    return [{...row, remedy: [...cloudCommands(plan, first, asks), ...row.remedy]}]
  })
}

function whyOf({from, to}: TriedPair, silent: PreflightReport['silent']): string {
  const one = silent.find(({node}) => node === from || node === to)
  return one === undefined ? 'its agent gave no account' : `${one.node}: ${one.reason}`
}

function fillsOf({routers, nodes}: ModePlan, {from, to}: TriedPair) {
  const names = nodes.map(({node}) => node)
  const [own, peer] = [from, to].map((name) => nodes.find(({node}) => node === name))
  return {
    podCidr: peer?.podCidrs[0] ?? `the podCIDR of ${to}`,
    peer: peer?.address ?? to,
    router: routers.find((router) => nodesIn(router.to, names).includes(to))?.via ?? 'the router',
    ownCidr: own?.podCidrs[0] ?? `the podCIDR of ${from}`,
    own: own?.address ?? from,
  }
}

/** Where the cloud is known its commands mend it; those that name one of the two machines come first. */
function cloudCommands(plan: ModePlan, {from, to}: TriedPair, asks: UnderlayNeed['asks'] | undefined) {
  const needs = plan.underlay.filter((need) => need.asks === asks && need.provider !== undefined)
  const own = needs.filter(({nodes}) => nodes.includes(from) || nodes.includes(to)).flatMap(({commands}) => commands)
  const ids = plan.nodes.flatMap(({node, machine}) => (node === from || node === to ? (machine ?? []) : []))
  const words = ids.map((id) => id.slice(id.lastIndexOf('/') + 1))
  const named = own.filter((command) => words.some((word) => word !== '' && command.includes(word)))
  return (named.length === 0 ? own : named).slice(0, 2)
}

function listed(failures: readonly PreflightFailure[]): string {
  const shown = failures.slice(0, 6).map(({from, to}) => `${from} → ${to}`)
  const rest = failures.length - shown.length
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function keyOf(from: string, to: string, form: string): string {
  return JSON.stringify([from, to, form])
}
