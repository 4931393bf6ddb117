import type {ModeEvent} from '../changes/set-mode/apply.ts'
import type {ModePlan} from '../changes/set-mode/plan.ts'
import type {PlannedNode} from '../changes/set-mode/planned-node.ts'
import {type PairGroup, pairsOf} from '../model/pair-group.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {remarkLines} from './remark-view.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

/** More pairs than this are shown by what they have in common: 30 Nodes have 870. */
const shownPairs = 24
const shownTroubles = 5

const noRestart = 'Agents take it up while they run: no restart of agents, switches or Pods.'

/** What a mode change would do, before anything is asked. */
export function planLines(plan: ModePlan, view: View): string[] {
  const {theme} = view
  if (plan.done) {
    const done = `Nothing to do: the configuration says ${plan.to} and every Node runs it.`
    return [theme.good(done), ...driftLines(plan, view)]
  }
  const write = plan.writes
    ? `${keyLines(plan).join(' and ')} in ConfigMap kube-system/antrea-config, and nothing else of it`
    : `The configuration says ${plan.to} already; not every Node runs it yet.`
  return [
    theme.heading(`Traffic mode ${plan.from === plan.to ? plan.to : `${plan.from} → ${plan.to}`}`),
    ...fold(write, view.width),
    '',
    ...tableLines(
      [
        {title: 'NODE', value: ({node}) => node},
        {title: 'RUNS', value: ({from}) => from},
        {title: 'WILL RUN', value: ({to}) => to},
        {title: 'PODS SEND', value: ({podMtu}) => mtuWords(podMtu)},
      ],
      plan.nodes,
      view,
    ),
    '',
    ...pairLines(plan, view),
    ...remarkLines(plan.subnets, view),
    ...driftLines(plan, view),
    ...routerLines(plan, view),
    ...outsideLines(plan, view),
    ...fold(noRestart, view.width).map(theme.faint),
  ]
}

function keyLines({from, to, noSNAT}: ModePlan): string[] {
  return [
    ...(from === to ? [] : [`trafficEncapMode: ${from} → ${to}`]),
    ...(noSNAT.from === noSNAT.to ? [] : [`noSNAT: ${noSNAT.from} → ${noSNAT.to}`]),
  ]
}

/** Bytes of an IP packet. */
function mtuWords(podMtu: PlannedNode['podMtu']): string | undefined {
  if (podMtu === undefined) return undefined
  return podMtu.from === podMtu.to ? String(podMtu.to) : `${podMtu.from} → ${podMtu.to}`
}

/** Where Nodes differ from the ConfigMap in whatever else it says. */
function driftLines({drift}: ModePlan, view: View): string[] {
  return remarkLines(
    drift.map(({node, sentence}) => ({sentence: `${node} ${sentence}`})),
    view,
  )
}

/** What nobody who was asked can say: whether the routers know the Pods. */
function routerLines({routers}: ModePlan, view: View): string[] {
  const rest = routers.length - shownTroubles
  return [
    ...routers
      .slice(0, shownTroubles)
      .flatMap(({via, podCidr, to, peerIp}) => [
        ...fold(`! router ${via} must know ${podCidr} (${to}): packets to it are lost if it does not`, view.width).map(
          view.theme.warn,
        ),
        ...(peerIp === undefined ? [] : [view.theme.faint(`  there: ip route add ${podCidr} via ${peerIp}`)]),
      ]),
    ...(rest > 0 ? [view.theme.faint(`and ${rest} more (-o json has them all)`)] : []),
  ]
}

function outsideLines({noSNAT}: ModePlan, view: View): string[] {
  if (noSNAT.from === noSNAT.to) return []
  const text = noSNAT.to
    ? '! Pods keep their own addresses to the outside: who has no route to their networks does not answer them. Established connections keep the address that they have.'
    : 'Pods go to the outside with the address of their Node. Established connections keep the address that they have.'
  return fold(text, view.width).map(noSNAT.to ? view.theme.warn : view.theme.faint)
}

/** Few pairs one by one; else what many have in common in one line. */
function pairLines({pairs, nodes}: ModePlan, view: View): string[] {
  const {groups, changed, all} = pairs
  if (changed === 0) return [`No pair of Nodes changes its way (${all} ordered pairs).`]
  const heading = `${changed} of ${all} ordered pairs of Nodes change their way:`
  if (changed > shownPairs)
    return [heading, ...tableLines(groupColumns, groups.slice(0, shownPairs), view), ...restLines(groups, view)]
  const names = nodes.map(({node}) => node)
  const rows = groups.flatMap(({was, becomes, ...group}) =>
    [...pairsOf(group, names)].map((pair) => ({...pair, was, becomes})),
  )
  const place = new Map(names.map((name, at) => [name, at]))
  const at = (node: string) => place.get(node) ?? 0
  return [
    heading,
    ...tableLines(
      pairColumns,
      rows.toSorted((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to)),
      view,
    ),
  ]
}

const ways = [
  {title: 'WAS', value: ({was}: Pick<PairGroup, 'was'>) => was},
  {title: 'BECOMES', value: ({becomes}: Pick<PairGroup, 'becomes'>) => becomes},
]
type PairRow = Pick<PairGroup, 'was' | 'becomes'> & {readonly from: string; readonly to: string}
const pairColumns: readonly Column<PairRow>[] = [
  {title: 'FROM', value: ({from}) => from},
  {title: 'TO', value: ({to}) => to},
  ...ways,
]
const groupColumns: readonly Column<PairGroup>[] = [
  {title: 'PAIRS', value: ({count}) => count, align: 'right'},
  ...ways,
  {title: 'FROM', value: ({from}) => listed(from)},
  {title: 'TO', value: ({from, to}) => farEnd(from, to)},
]

function farEnd(from: readonly string[], to: PairGroup['to']): string {
  const named = 'only' in to ? to.only : to.allBut
  const isSelf = named.length === from.length && named.every((name, at) => name === from[at])
  if ('only' in to) return isSelf ? 'each other' : listed(named)
  if (named.length === 0) return 'all'
  return isSelf ? 'all others' : `all but ${listed(named)}`
}

/** A thousand names say no more than three and their number. */
function listed(names: readonly string[]): string {
  const rest = names.length - 3
  return rest > 1 ? `${names.slice(0, 3).join(', ')} and ${rest} more` : names.join(', ')
}

function restLines(groups: readonly PairGroup[], {theme}: View): string[] {
  const rest = groups.length - shownPairs
  return rest > 0 ? [theme.faint(`and ${rest} more lines (-o json has them all)`)] : []
}

/** One line as it happens. */
export function modeEventLine(event: ModeEvent, {theme}: Pick<View, 'theme'>): string {
  switch (event.step) {
    case 'written':
      return `configuration written (${event.hash})`
    case 'changed': {
      const took = event.milliseconds === undefined ? '' : theme.faint(` in ${event.milliseconds} ms`)
      return `${printable(event.node)} has changed${took}`
    }
    case 'verified': {
      const counts = Map.groupBy(event.paths, (path) => path.class)
      const words = [...counts].map(([name, paths]) => `${paths.length} ${name}`).join(', ')
      return `${theme.good('✓')} ${printable(event.node)} verified from its flows and routes: ${words || 'no peers'}`
    }
    case 'failed':
      return `${theme.bad('✗')} ${printable(event.node)}: ${printable(event.why)}`
  }
}
