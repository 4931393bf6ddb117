import type {Duplex} from 'node:stream'
import type {AgentInfo} from '../model/agent-info.ts'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {nodeOf} from './agent-infos.ts'
import type {Cluster} from './connect.ts'
import {explainRefusal, rightsFor} from './rights.ts'
import {socketAgent} from './local-agent.ts'
import {agentDial, type Dialled} from './road-dial.ts'
import {parseBounded} from './bounded-json.ts'
import {type Answered, type Asked, contentOf, exchange, listen} from './road-get.ts'
import {roadAgent} from './road-tls.ts'
import {keepTokens, tokenFor} from './road-token.ts'

/** The agents of a cluster, asked through the API server: one connection a Node, kept for the command's life. */
export interface Roads extends AsyncDisposable {
  readonly nodes: readonly string[]
  /** GET of one agent's API; the answer parsed as JSON. Errors name the Node. */
  ask(node: string, path: string, query?: Query): Promise<unknown>
  /** The same, as the text that it is. */
  askText(node: string, path: string, query?: Query): Promise<string>
  /** An answer that goes on and on, over a connection of its own, until it ends or is disposed of. */
  listen(node: string, path: string, query: Query): Promise<Listening>
  /** Whatever the agent answers, refusals as well; the path with its query as it is to be sent. */
  fetch(node: string, path: string): Promise<Answered>
}

export interface Listening extends Disposable {
  readonly chunks: AsyncIterable<Buffer>
}

type Query = Readonly<Record<string, string | undefined>>

export interface RoadOptions {
  readonly signal?: AbortSignal
  /** Milliseconds for one question, the way there included. */
  readonly timeout?: number
  /** Bytes; an answer longer than that is refused. */
  readonly largestAnswer?: number
  /** How the connection to an agent is made; tests put a loopback socket here. */
  readonly dial?: (info: AgentInfo, signal: AbortSignal | undefined) => Promise<Duplex>
  readonly token?: (info: AgentInfo, path: string) => Promise<string>
  /** In an agent's own Pod: its socket, which takes neither TLS nor token. */
  readonly socketPath?: string | undefined
  /** Told how each agent is reached, once it was. */
  readonly onRoad?: ((sentence: string) => void) | undefined
}

/** As many questions at once: a hundred forwards cost the client 4 MB and the API server a connection each. */
const atOnce = 20

export async function openRoads(
  cluster: Pick<Cluster, 'api' | 'credentials'>,
  infos: readonly AgentInfo[],
  options: RoadOptions = {},
): Promise<Roads> {
  const timeout = options.timeout ?? 15_000
  const given = options.dial
  const byServer = agentDial(cluster.credentials, {timeout})
  const tokens = keepTokens(cluster.api, options.signal)
  const {socketPath} = options
  const token =
    socketPath === undefined ? (options.token ?? ((info, path) => tokens(tokenFor(info, path)))) : async () => ''
  const dialled = async (info: AgentInfo) => {
    const began = performance.now()
    if (given !== undefined) return given(info, options.signal)
    const {stream, road} = await byServer(target(info), options.signal)
    options.onRoad?.(`${nodeOf(info)}: ${describeRoad(info, road)}, ${Math.round(performance.now() - began)} ms`)
    return stream
  }
  if (socketPath !== undefined) options.onRoad?.(`${infos.map(nodeOf).join()}: the agent's socket ${socketPath}`)
  const agentFor = (info: AgentInfo) =>
    socketPath === undefined ? roadAgent(info, () => dialled(info)) : socketAgent(socketPath)
  const byNode = new Map(infos.map((info) => [nodeOf(info), {info, agent: agentFor(info), turn: limit(1)}]))
  let explained: Promise<unknown> | undefined
  const explain = async (error: unknown, path: string): Promise<never> => {
    if (!(error instanceof AntctlError) || error.code !== 'API_FORBIDDEN') throw error
    // The same rule is missing for every Node: it is looked for once.
    explained ??= explainRefusal(cluster.api, error, options.signal, rightsFor(path))
    throw await explained
  }
  const turn = limit(atOnce)
  const roadTo = (node: string) => {
    const road = byNode.get(node)
    if (road === undefined) throw new AntctlError('NODE_UNKNOWN', `no Antrea agent reports from ${node}`)
    return road
  }
  const reach = async (node: string, path: string, query: Query): Promise<{asked: Asked; answered: Answered}> => {
    const road = roadTo(node)
    const asked = {path: path + searchOf(query), node, timeout, signal: options.signal}
    const largest = options.largestAnswer ?? 64 * 1024 * 1024
    const once = async () => exchange(road.agent, asked, await token(road.info, path), largest)
    // In turn: while the first connection is being made, Node's http.Agent would open a second.
    return {asked, answered: await road.turn(() => turn(once)).catch((error: unknown) => explain(error, path))}
  }
  return {
    nodes: [...byNode.keys()],
    ask: async (node, path, query = {}) => {
      const {asked, answered} = await reach(node, path, query)
      return contentOf(asked, answered, parseBounded)
    },
    askText: async (node, path, query = {}) => {
      const {asked, answered} = await reach(node, path, query)
      return contentOf(asked, answered, (body) => body)
    },
    listen: async (node, path, query) => {
      const {info} = roadTo(node)
      const asked = {path: path + searchOf(query), node, timeout, signal: options.signal}
      // For itself: it would keep every question that comes after it waiting.
      const agent = agentFor(info)
      try {
        const chunks = await listen(agent, asked, await token(info, path))
        return {chunks, [Symbol.dispose]: () => agent.destroy()}
      } catch (error) {
        agent.destroy()
        return explain(error, path)
      }
    },
    fetch: async (node, path) => (await reach(node, path, {})).answered,
    [Symbol.asyncDispose]: async () => {
      for (const {agent} of byNode.values()) agent.destroy()
    },
  }
}

function searchOf(query: Query): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, value)
  return search.size === 0 ? '' : `?${search.toString()}`
}

function describeRoad(info: AgentInfo, road: Dialled['road']): string {
  const {namespace, pod, port} = target(info)
  return `${road} through the API server to ${namespace}/${pod} port ${port}, TLS with the agent's own authority`
}

function target(info: AgentInfo): {namespace: string; pod: string; port: number} {
  const {namespace = names.namespace, name} = info.podRef
  if (name === undefined) {
    throw new AntctlError('AGENT_MISSING', `the agent of ${nodeOf(info)} does not say which Pod it is`)
  }
  return {namespace, pod: name, port: info.apiPort}
}

/** Runs at most so many at a time, in the order of asking: who ends hands its turn on. */
function limit(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < most) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
