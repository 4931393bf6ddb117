import type {ModePlan} from '../changes/set-mode/mode-plan.ts'
import type {PlanPhase} from '../changes/set-mode/phases.ts'
import type {PlannedNode} from '../changes/set-mode/planned-node.ts'
import {nodesIn, type PairGroup, pairsOf} from '../model/pair-group.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {remarkLines} from './remark-view.ts'
import {type Column, tableLines} from './table.ts'
import {upstreamLines} from './upstream-plan-view.ts'
import type {View} from './view.ts'

/** More pairs than this are shown by what they have in common: 30 Nodes have 870. */
const shownPairs = 24
const shownTroubles = 5
const shownGroups = 8

const noRestart = 'Agents take it up while they run: no restart of agents, switches or Pods.'

/** What a mode change would do, before anything is asked. */
export function planLines(plan: ModePlan, view: View): string[] {
  const {theme} = view
  if (plan.done) return [theme.good(doneWords(plan)), ...driftLines(plan, view)]
  return [
    theme.heading(`Traffic mode ${plan.from === plan.to ? plan.to : `${plan.from} → ${plan.to}`}`),
    ...fold(writeWords(plan), view.width),
    '',
    ...nodeLines(plan, view),
    '',
    ...pairLines(plan, view),
    '',
    ...phaseLines(plan, view),
    '',
    ...effectLines(plan, view),
  ]
}

/** Of the way back of a finished change: what was said of it when it began is above. */
export function wayBackLines(plan: ModePlan, view: View): string[] {
  if (plan.done) return []
  return ['', ...nodeLines(plan, view), '', ...pairLines(plan, view), '', ...effectLines(plan, view)]
}

/** What it asks of the network, what it costs, and why it may not be. */
function effectLines(plan: ModePlan, view: View): string[] {
  const {theme} = view
  return [
    ...remarkLines(plan.subnets, view),
    ...driftLines(plan, view),
    ...underlayLines(plan, view),
    ...routerLines(plan, view),
    ...plan.featuresLost.flatMap(({sentence}) => fold(`! ${sentence}`, view.width).map(theme.warn)),
    ...outsideLines(plan, view),
    ...(plan.upstream === undefined
      ? fold(noRestart, view.width).map(theme.faint)
      : upstreamLines(plan.upstream, view)),
    ...refusalLines(plan, view),
  ]
}

/** Few Nodes one by one; else those that are alike in one line. */
function nodeLines({nodes}: ModePlan, view: View): string[] {
  const states = nodes.some(({state}) => state !== undefined) ? [stateColumn] : []
  if (nodes.length <= shownPairs) return tableLines([nameColumn, ...nodeColumns, ...states], nodes, view)
  const alike = Map.groupBy(nodes, (node) =>
    JSON.stringify({...node, node: '', address: '', podCidrs: [], machine: ''}),
  )
  const rows = [...alike.values()].flatMap((own) =>
    own.slice(0, 1).map((node) => ({...node, names: own.map(({node: name}) => name)})),
  )
  const columns: readonly Column<PlannedNode & {readonly names: readonly string[]}>[] = [
    {title: 'NODES', value: ({names}) => names.length, align: 'right'},
    ...nodeColumns,
    ...states,
    {title: 'WHICH', value: ({names}) => listed(names)},
  ]
  return [...tableLines(columns, rows.slice(0, shownPairs), view), ...restLines(rows, view)]
}

const nameColumn: Column<PlannedNode> = {title: 'NODE', value: ({node}) => node}
const nodeColumns: readonly Column<PlannedNode>[] = [
  {title: 'RUNS', value: ({from}) => from},
  {title: 'WILL RUN', value: ({to}) => to},
  {title: 'PODS SEND', value: ({podMtu}) => mtuWords(podMtu)},
]
const stateColumn: Column<PlannedNode> = {title: 'STATE', value: ({state}) => state, spare: 1}

function doneWords({scope, to, nodes}: ModePlan): string {
  return scope === 'cluster'
    ? `Nothing to do: the configuration says ${to} and every Node runs it.`
    : `Nothing to do: ${listed(nodes.filter((node) => node.to === to).map(({node}) => node))} run ${to}.`
}

function writeWords(plan: ModePlan): string {
  if (plan.scope === 'nodes')
    return `${keyLines(plan).join(' and ')} in the AntreaNodeConfigs of ${plan.phases.flatMap(({nodes}) => nodes).length} Nodes; the ConfigMap stays`
  return plan.writes
    ? `${keyLines(plan).join(' and ')} in ConfigMap kube-system/antrea-config, and nothing else of it`
    : `The configuration says ${plan.to} already; not every Node runs it yet.`
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

/** What nobody who was asked can say: whether the routers know the Pods. A cloud has other words for it. */
function routerLines({routers, underlay, nodes}: ModePlan, view: View): string[] {
  const inClouds = new Set(underlay.flatMap(({provider, nodes: own}) => (provider === undefined ? [] : own)))
  const names = nodes.map(({node}) => node)
  const ways = routers.flatMap(({via, to}) => {
    const own = new Set(nodesIn(to, names).filter((name) => !inClouds.has(name)))
    return nodes.filter(({node}) => own.has(node)).map((node) => ({via, ...node}))
  })
  return [
    ...ways.slice(0, shownTroubles).flatMap(({via, node, podCidrs, address}) => {
      const ranges = podCidrs.join(', ')
      const sentence = `! router ${via} must know ${ranges} (${node}): packets to it are lost if it does not`
      const commands = podCidrs.map((podCidr) => `  there: ip route add ${podCidr} via ${address ?? node}`)
      return [
        ...fold(printable(sentence), view.width).map(view.theme.warn),
        ...commands.map((command) => view.theme.faint(printable(command))),
      ]
    }),
    ...moreLines(ways, view),
  ]
}

/** Commands are neither folded nor cut: they are copied. */
function underlayLines({underlay}: ModePlan, view: View): string[] {
  const {theme} = view
  const signs = {met: ['✓', theme.good], open: ['✗', theme.bad], unknown: ['?', theme.warn]} as const
  return underlay.flatMap(({sentence, state, nodes, commands}) => {
    const [sign, paint] = signs[state]
    return [
      ...fold(printable(`${sign} ${sentence} (${listed(nodes)})`), view.width).map((line) => paint(line)),
      ...commands.slice(0, shownTroubles).map((command) => theme.faint(`  ${printable(command)}`)),
      ...moreLines(commands, view),
    ]
  })
}

function moreLines(all: readonly unknown[], {theme}: View): string[] {
  const rest = all.length - shownTroubles
  return rest > 0 ? [theme.faint(`  and ${rest} more (-o json has them all)`)] : []
}

function phaseLines({phases, options}: ModePlan, view: View): string[] {
  const columns = [
    {title: 'PHASE', value: ({name}: PlanPhase) => name},
    {title: 'NODES', value: ({nodes}: PlanPhase) => nodes.length, align: 'right' as const},
    {title: 'WHICH', value: ({nodes}: PlanPhase) => listed(nodes)},
  ]
  const rest = phases.length - shownPairs
  const soak = options.soakSeconds === 0 ? '' : `, watched for ${options.soakSeconds} s each`
  return [
    ...fold(orderWords(options, soak), view.width),
    ...tableLines(columns, phases.slice(0, shownPairs), view),
    ...(rest > 0 ? [view.theme.faint(`and ${rest} more phases (-o json has them all)`)] : []),
  ]
}

function orderWords({maxLoss}: ModePlan['options'], soak: string): string {
  return maxLoss === 'report'
    ? `One phase after the other${soak}; one that does not follow ends it, and everything goes back:`
    : `One phase after the other${soak}; more than ${maxLoss} lost probes end it, and everything goes back:`
}

function refusalLines({refusals}: ModePlan, view: View): string[] {
  return refusals.flatMap(({sentence, cause}) => [
    ...fold(printable(`✗ Refused: ${sentence}`), view.width).map(view.theme.bad),
    ...fold(`  ${cause}`, view.width).map(view.theme.faint),
  ])
}

function outsideLines({noSNAT}: ModePlan, view: View): string[] {
  if (noSNAT.from === noSNAT.to) return []
  const address = noSNAT.to ? 'their own addresses' : 'the address of their Node'
  const text = `Pods go to the outside with ${address} from then on; established connections keep the one that they have.`
  return fold(text, view.width).map(view.theme.faint)
}

/** Few pairs one by one; else what many have in common in one line. */
function pairLines({pairs, nodes}: ModePlan, view: View): string[] {
  const {groups, changed, all} = pairs
  if (changed === 0) return [`No pair of Nodes changes its way (${all} ordered pairs).`]
  const heading = `${changed} of ${all} ordered pairs of Nodes change their way:`
  if (changed > shownPairs) return [heading, ...tableLines(groupColumns, inFewLines(groups), view)]
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
interface GroupRow extends Pick<PairGroup, 'was' | 'becomes' | 'count' | 'from'> {
  readonly to: string
}
const groupColumns: readonly Column<GroupRow>[] = [
  {title: 'PAIRS', value: ({count}) => count, align: 'right'},
  ...ways,
  {title: 'FROM', value: ({from}) => listed(from)},
  {title: 'TO', value: ({to}) => to},
]

/** Hundreds of subnets do all the same: then each kind of change is a line. */
function inFewLines(groups: readonly PairGroup[]): readonly GroupRow[] {
  const rows = groups.map(({from, to, ...group}) => ({...group, from, to: farEnd(from, to)}))
  if (rows.length <= shownGroups) return rows
  const alike = Map.groupBy(rows, ({was, becomes, to}) => JSON.stringify([was, becomes, isShort(to) ? to : '']))
  return [...alike.values()].flatMap((own) => {
    const [first] = own
    if (first === undefined) return []
    const to = `${isShort(first.to) ? first.to : 'some'}, in ${own.length} subnets`
    return [{...first, from: own.flatMap(({from}) => from), to, count: own.reduce((sum, {count}) => sum + count, 0)}]
  })
}

function isShort(to: string): boolean {
  return ['each other', 'all others', 'all'].includes(to)
}

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

function restLines(groups: readonly unknown[], {theme}: View): string[] {
  const rest = groups.length - shownPairs
  return rest > 0 ? [theme.faint(`and ${rest} more lines (-o json has them all)`)] : []
}
