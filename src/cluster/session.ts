import type {AgentInfo} from '../model/agent-info.ts'
import {names} from '../model/names.ts'
import {agentsOf, listAgentInfos, nodeOf} from './agent-infos.ts'
import {type Cluster, connect} from './connect.ts'
import type {KubeconfigChoice} from './kubeconfig.ts'
import {isInAgentPod, localAgentInfo} from './local-agent.ts'
import {nodesWithLabels} from './node-selector.ts'
import {explainRefusal} from './rights.ts'
import {openRoads, type Roads} from './road-agents.ts'
import {keepTokens, tokenFor} from './road-token.ts'

/** A cluster with its agents at hand: what nearly every command needs. */
export interface Session extends AsyncDisposable {
  readonly cluster: Cluster
  /** Of the chosen Nodes. */
  readonly infos: readonly AgentInfo[]
  /** Of all Nodes: whose an address is that a chosen one knows. */
  readonly everyone: readonly AgentInfo[]
  readonly roads: Roads
  /** The agent of a Node, chosen or not, with a road of its own; undefined: no agent reports from there. */
  beside(node: string): Promise<{readonly infos: readonly AgentInfo[]; readonly roads: Roads} | undefined>
}

/** A session that goes on: the agents as they are now, over the connections that still lead to them. */
export interface LastingSession extends AsyncDisposable {
  now(): Promise<Session>
}

export interface SessionOptions extends KubeconfigChoice {
  /** All when empty. */
  readonly nodes?: readonly string[]
  /** Of the Nodes' labels. */
  readonly selector?: string | undefined
  readonly signal: AbortSignal
  /** Milliseconds for one question to one Node. */
  readonly nodeTimeout?: number
  /** Told how each agent is reached. */
  readonly onRoad?: ((sentence: string) => void) | undefined
  /** For who asks agents in any case: called while they are looked for, and so long their token is had, too. */
  readonly meanwhile?: (cluster: Cluster) => void
}

export async function openSession(options: SessionOptions): Promise<Session> {
  await using opened = new AsyncDisposableStack()
  const lasting = opened.use(await openLastingSession(options))
  const session = await lasting.now()
  const kept = opened.move()
  return {...session, [Symbol.asyncDispose]: () => kept.disposeAsync()}
}

export async function openLastingSession(options: SessionOptions): Promise<LastingSession> {
  const {signal, nodeTimeout: timeout, onRoad, meanwhile} = options
  const cluster = await connect(options)
  const socketPath = isInAgentPod(options, process.env) ? names.apiSocket : undefined
  const tokens = keepTokens(cluster.api, signal)
  if (meanwhile !== undefined) {
    // Whoever needs it hears of its failure, or it is upstream's cluster, and nobody does.
    if (socketPath === undefined)
      tokens({account: names.readerServiceAccount, audience: names.tokenAudience}).catch(() => undefined)
    meanwhile(cluster)
  }
  const token = (info: AgentInfo, path: string) => tokens(tokenFor(info, path))
  const roadsTo = (infos: readonly AgentInfo[]) =>
    openRoads(cluster, infos, {signal, onRoad, token, socketPath, ...(timeout !== undefined && {timeout})})
  const agents = async (wanted: Pick<SessionOptions, 'nodes' | 'selector' | 'signal'>) =>
    socketPath === undefined ? chosenAgents(cluster, wanted) : ownAgent(socketPath, wanted)
  const beside = async (node: string) => {
    const {everyone} = await agents({signal})
    const infos = everyone.filter((info) => nodeOf(info) === node)
    return infos.length === 0 ? undefined : {infos, roads: await roadsTo(infos)}
  }
  let last: (Session & {readonly fingerprint: string}) | undefined
  const now = async (): Promise<Session> => {
    const {infos, everyone} = await agents(options)
    const fingerprint = JSON.stringify(infos.map((info) => [nodeOf(info), info.podRef, info.apiPort, info.apiCABundle]))
    if (last?.fingerprint === fingerprint) return {...last, infos, everyone}
    await last?.roads[Symbol.asyncDispose]()
    const roads = await roadsTo(infos)
    last = {cluster, infos, everyone, roads, beside, fingerprint, [Symbol.asyncDispose]: async () => undefined}
    return last
  }
  return {
    now,
    [Symbol.asyncDispose]: async () => {
      await last?.roads[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

/** In an agent's Pod there is but the one: for all Nodes antctl is run where there is a kubeconfig. */
async function ownAgent(
  socketPath: string,
  {nodes = [], signal}: Pick<SessionOptions, 'nodes' | 'signal'>,
): Promise<Pick<Session, 'infos' | 'everyone'>> {
  const info = await localAgentInfo(socketPath, signal)
  return {infos: agentsOf([info], nodes), everyone: [info]}
}

/** Of the named Nodes, in their order; of those with the labels; of both where both are said. */
async function chosenAgents(
  {api}: Cluster,
  {nodes = [], selector, signal}: Pick<SessionOptions, 'nodes' | 'selector' | 'signal'>,
): Promise<Pick<Session, 'infos' | 'everyone'>> {
  try {
    const [everyone, labelled] = await Promise.all([
      listAgentInfos(api, {signal}),
      selector === undefined ? undefined : nodesWithLabels(api, selector, {signal}),
    ])
    const named = agentsOf(everyone, nodes)
    const infos = labelled === undefined ? named : named.filter((info) => labelled.includes(nodeOf(info)))
    return {infos, everyone}
  } catch (error) {
    throw await explainRefusal(api, error, signal)
  }
}
