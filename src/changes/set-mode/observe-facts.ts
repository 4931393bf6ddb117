import type {TrafficMode} from '../../model/traffic-mode.ts'
import {findCloudControllers} from '../../cluster/cloud-controllers.ts'
import {readStoredConfig, type StoredConfig} from '../../cluster/config-map.ts'
import {isUpstream, nodeOf} from '../../cluster/agent-infos.ts'
import {listWorkloadPods} from '../../cluster/workloads.ts'
import {observePairs} from '../../diagnostics/paths/observe-pairs.ts'
import {listNodeFacts} from '../../cluster/node-facts.ts'
import type {Session} from '../../cluster/session.ts'
import type {FabricSummary} from '../../diagnostics/paths/fabric-summary.ts'
import {observeFabric} from '../../diagnostics/paths/observe-fabric.ts'
import type {ModeFacts} from './plan.ts'

export interface ObservedFacts extends ModeFacts {
  /** The text with the version that a write must still find. */
  readonly stored: StoredConfig
}

/** All that a plan is decided from; ways without tunnels only where the mode asks for them. */
export async function observeFacts(
  session: Session,
  mode: TrafficMode | undefined,
  signal: AbortSignal,
): Promise<ObservedFacts> {
  const {api} = session.cluster
  if (isUpstream(session.infos)) return observeUpstream(session, signal)
  const asksOthers = mode === 'noEncap'
  const [stored, nodes, controllers, ways] = await Promise.all([
    readStoredConfig(api, {signal}),
    listNodeFacts(api, {signal}),
    asksOthers ? findCloudControllers(api, {signal}) : undefined,
    asksOthers ? everyWay(session) : [],
  ])
  return {config: stored.text, stored, infos: session.infos, nodes, ways, ...(controllers && {controllers})}
}

/** Its agents tell neither their mode nor their routes: their flows say how they send. */
async function observeUpstream(session: Session, signal: AbortSignal): Promise<ObservedFacts> {
  const {api} = session.cluster
  const [stored, nodes, controllers, pods, seen] = await Promise.all([
    readStoredConfig(api, {signal}),
    listNodeFacts(api, {signal}),
    findCloudControllers(api, {signal}),
    listWorkloadPods(api, {signal}),
    Promise.all(session.infos.map(async (info) => [nodeOf(info), await observePairs(session, nodeOf(info))] as const)),
  ])
  const facts = {config: stored.text, stored, infos: session.infos, nodes, ways: [], ...(controllers && {controllers})}
  return {...facts, upstream: {seen: new Map(seen), pods}}
}

/** Every Node must say what it knows: a silent one may be the one that loses packets. */
async function everyWay(session: Session): Promise<readonly FabricSummary[]> {
  const {answers, failures} = await observeFabric(session)
  const [first] = failures
  if (first !== undefined) throw first.error
  return answers.map(({answer}) => answer)
}
