import {AntctlError} from '../../model/errors.ts'
import {getPod, parsePodName} from '../../cluster/pods.ts'
import type {Session} from '../../cluster/session.ts'
import {decodedFlows, type FlowWish} from '../facts/decoded-flows.ts'
import type {NodeAnswers} from '../facts/each-node.ts'
import {flowDrift} from '../facts/flow-drift.ts'
import {type ChangedFlow, countersOf, differences, identityOf, withChanges} from './compare.ts'
import type {DecodedFlow} from './decode.ts'
import {readSnapshot} from './snapshot.ts'

export interface FlowsWanted extends Omit<FlowWish, 'pod' | 'upstream'> {
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
  readonly watch: boolean
  readonly drift: boolean
  readonly diff?: string | undefined
  readonly service?: string | undefined
  readonly networkpolicy?: string | undefined
  readonly type?: string | undefined
  readonly groups?: string | undefined
}

export interface FlowsFound {
  readonly rows: readonly (ChangedFlow & {readonly node: string; readonly problem?: Problem})[]
  readonly failures: NodeAnswers<unknown>['failures']
  /** What was to be compared is not the same. */
  readonly differs: boolean
}
type Problem = 'missing' | 'extra' | 'different' | 'here' | 'there'

interface At {
  readonly session: Session
  readonly signal: AbortSignal
}

/** Looks once for each call; what flows have counted since the call before is their change. */
export function lookAtFlows(wanted: FlowsWanted): (at: At) => Promise<FlowsFound> {
  const before = new Map<string, ReadonlyMap<string, number>>()
  return async (at) => {
    const {nodes, wish} = await placed(wanted, at)
    if (wanted.diff !== undefined) return compared(wanted.diff, {nodes, wish, at})
    if (wanted.drift) return {...(await flowDrift(at.session, nodes, at.signal)), differs: false}
    // What has been hit is asked of the change, where there is one.
    const {answers, failures} = await decodedFlows(
      at.session,
      nodes,
      {...wish, hit: wish.hit && !wanted.watch},
      at.signal,
    )
    const rows = answers.flatMap(({node, answer}) => {
      const known = before.get(node)
      before.set(node, countersOf(answer))
      const flows: readonly ChangedFlow[] = wanted.watch && known !== undefined ? withChanges(answer, known) : answer
      const counted = ({change, packets = 0}: ChangedFlow) => (change ?? packets) > 0
      return flows.filter((flow) => !wanted.hit || counted(flow)).map((flow) => ({node, ...flow}))
    })
    return {rows, failures, differs: false}
  }
}

/** A Pod's flows are on its Node. */
async function placed(
  {pod, namespace, service, networkpolicy, type, groups, ...rest}: FlowsWanted,
  {session: {cluster, roads}, signal}: At,
): Promise<{readonly nodes: readonly string[]; readonly wish: FlowWish}> {
  const wanted = Object.entries({service, networkpolicy, type, groups}).filter(([, value]) => value !== undefined)
  const needsNamespace = service !== undefined || networkpolicy !== undefined
  const upstream = {...Object.fromEntries(wanted), ...(needsNamespace && {namespace: namespace ?? cluster.namespace})}
  if (pod === undefined) return {nodes: roads.nodes, wish: {...rest, upstream}}
  const name = parsePodName(pod, namespace ?? cluster.namespace)
  const {node: home} = await getPod(cluster.api, name, {signal})
  if (home === undefined || !roads.nodes.includes(home)) {
    const where = home === undefined ? 'on no Node yet' : `on ${home}, which is not asked`
    throw new AntctlError('POD_UNKNOWN', `the Pod ${name.namespace}/${name.name} is ${where}`)
  }
  return {nodes: [home], wish: {...rest, upstream, pod: name}}
}

/** One Node beside another, or beside what was saved of it. */
async function compared(
  other: string,
  {nodes, wish, at}: {readonly nodes: readonly string[]; readonly wish: FlowWish; readonly at: At},
): Promise<FlowsFound> {
  const [node] = nodes
  if (node === undefined || nodes.length > 1) {
    throw new AntctlError('USAGE', 'which Node is to be compared?', {remedy: [`--nodes NODE --diff ${other}`]})
  }
  const there = await otherFlows(other, {wish, at})
  const {answers} = await decodedFlows(at.session, [node], {...wish, alike: there.isNode}, at.signal)
  const key = (flow: DecodedFlow) => (there.isNode ? flow.alike : undefined) ?? identityOf(flow)
  const {onlyLeft, onlyRight} = differences(
    answers.flatMap(({answer}) => answer),
    there.flows,
    key,
  )
  const rows = [
    ...onlyLeft.map((flow) => row(node, 'here', flow)),
    ...onlyRight.map((flow) => row(other, 'there', flow)),
  ]
  return {rows, failures: [], differs: rows.length > 0}
}

function row(node: string, problem: Problem, {alike: _alike, ...flow}: DecodedFlow) {
  return {node, problem, ...flow}
}

async function otherFlows(
  other: string,
  {wish, at}: {readonly wish: FlowWish; readonly at: At},
): Promise<{readonly flows: readonly DecodedFlow[]; readonly isNode: boolean}> {
  const {session, signal} = at
  const neighbour = await session.beside(other)
  if (neighbour === undefined) return {flows: await readSnapshot(other), isNode: false}
  await using roads = neighbour.roads
  const sources = {infos: neighbour.infos, everyone: session.everyone, roads}
  const {answers} = await decodedFlows(sources, [other], {...wish, alike: true}, signal)
  return {flows: answers.flatMap(({answer}) => answer), isNode: true}
}
