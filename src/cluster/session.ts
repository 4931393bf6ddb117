import type {AgentInfo} from '../model/agent-info.ts'
import {agentsOf, listAgentInfos} from './agent-infos.ts'
import {type Cluster, connect} from './connect.ts'
import type {KubeconfigChoice} from './kubeconfig.ts'
import {openRoads, type Roads} from './road-agents.ts'

/** A cluster with its agents at hand: what nearly every command needs. */
export interface Session extends AsyncDisposable {
  readonly cluster: Cluster
  /** Of the chosen Nodes. */
  readonly infos: readonly AgentInfo[]
  readonly roads: Roads
}

export interface SessionOptions extends KubeconfigChoice {
  /** All when empty. */
  readonly nodes?: readonly string[]
  readonly signal: AbortSignal
}

export async function openSession({nodes = [], signal, ...choice}: SessionOptions): Promise<Session> {
  await using opened = new AsyncDisposableStack()
  const cluster = opened.use(await connect(choice))
  const infos = agentsOf(await listAgentInfos(cluster.api, {signal}), nodes)
  const roads = opened.use(await openRoads(cluster, infos, {signal}))
  const kept = opened.move()
  return {cluster, infos, roads, [Symbol.asyncDispose]: () => kept.disposeAsync()}
}
