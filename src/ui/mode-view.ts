import type {ModeEvent} from '../changes/set-mode/apply.ts'
import type {ModePlan, PairChange} from '../changes/set-mode/plan.ts'
import type {PlannedNode} from '../changes/set-mode/planned-node.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {remarkLines} from './remark-view.ts'
import {tableLines} from './table.ts'
import type {View} from './view.ts'

/** Pairs beyond this many are only counted: 30 Nodes have 870. */
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
      .flatMap(({via = '', podCidr, to, peerIp}) => [
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

function pairLines({pairs, allPairs}: ModePlan, view: View): string[] {
  if (pairs.length === 0) return [`No pair of Nodes changes its way (${allPairs} ordered pairs).`]
  const columns = [
    {title: 'FROM', value: ({from}: PairChange) => from},
    {title: 'TO', value: ({to}: PairChange) => to},
    {title: 'WAS', value: ({was}: PairChange) => was},
    {title: 'BECOMES', value: ({becomes}: PairChange) => becomes},
  ]
  const rest = pairs.length - shownPairs
  return [
    `${pairs.length} of ${allPairs} ordered pairs of Nodes change their way:`,
    ...tableLines(columns, pairs.slice(0, shownPairs), view),
    ...(rest > 0 ? [view.theme.faint(`and ${rest} more (-o json has them all)`)] : []),
  ]
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
