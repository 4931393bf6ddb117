import type {TrafficMode} from '../../model/traffic-mode.ts'
import {findCloudControllers} from '../../cluster/cloud-controllers.ts'
import {readStoredConfig, type StoredConfig} from '../../cluster/config-map.ts'
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
  const asksOthers = mode === 'noEncap'
  const [stored, nodes, controllers, ways] = await Promise.all([
    readStoredConfig(api, {signal}),
    listNodeFacts(api, {signal}),
    asksOthers ? findCloudControllers(api, {signal}) : undefined,
    asksOthers ? everyWay(session) : [],
  ])
  return {config: stored.text, stored, infos: session.infos, nodes, ways, ...(controllers && {controllers})}
}

/** Every Node must say what it knows: a silent one may be the one that loses packets. */
async function everyWay(session: Session): Promise<readonly FabricSummary[]> {
  const {answers, failures} = await observeFabric(session)
  const [first] = failures
  if (first !== undefined) throw first.error
  return answers.map(({answer}) => answer)
}
