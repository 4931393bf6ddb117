import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {askAgentInfo} from '../../cluster/agent-answers.ts'
import {getAgentInfo, listAgentInfos, nodeOf} from '../../cluster/agent-infos.ts'
import {deletePod, findAgentPod} from '../../cluster/agent-pods.ts'
import {askOfDriver, readChange, writeChange, writeJournal} from '../../cluster/change-record.ts'
import {readStoredConfig, writeStoredConfig} from '../../cluster/config-map.ts'
import {deleteNodeConfig, listNodeConfigs, writeNodeConfig} from '../../cluster/node-configs.ts'
import {listNodeFacts, type NodeFacts} from '../../cluster/node-facts.ts'
import type {Cluster} from '../../cluster/connect.ts'
import {readGatewayRoutes, runOnNode} from '../../cluster/node-routes.ts'
import {askDrift} from '../../cluster/own-answers.ts'
import {openRoads, type Roads} from '../../cluster/road-agents.ts'
import {observePairs} from '../../diagnostics/paths/observe-pairs.ts'
import {startSteadyProbe} from '../../diagnostics/probes/steady.ts'
import {removalOf} from '../upstream/stale-routes.ts'
import type {ChangeCluster, NodePresence} from './cluster.ts'
import {callTimeout, liveLease} from './live-lease.ts'

const options = {timeout: callTimeout}
/** Milliseconds. */
const agentPatience = 5_000
/** So few AntreaAgentInfos are read one by one. */
const fewNodes = 16

export interface LiveCluster extends ChangeCluster, AsyncDisposable {}

/** Upstream's agents take no AntreaNodeConfig of ours, and send no probes. */
export function openUpstreamCluster(cluster: Pick<Cluster, 'api' | 'credentials'>): LiveCluster {
  return {...openChangeCluster(cluster), readNodeConfigs: async () => new Map(), startProbe: async () => undefined}
}

export function openChangeCluster(cluster: Pick<Cluster, 'api' | 'credentials'>): LiveCluster {
  const {api} = cluster
  const roads = openFreshRoads(cluster)
  const podOf = async (node: string) => {
    const pod = await findAgentPod(api, node, options)
    if (pod === undefined) throw new AntctlError('AGENT_MISSING', `no agent runs on ${node}`)
    return pod.name
  }
  return {
    ...liveLease(api),
    readChange: () => readChange(api, options),
    writeChange: (change, journal, place) => writeChange(api, change, {journal, place}, options),
    writeJournal: (journal, version) => writeJournal(api, journal, version, options),
    ask: (what) => askOfDriver(api, what, options),
    readConfig: () => readStoredConfig(api, options),
    writeConfig: (stored) => writeStoredConfig(api, stored, options),
    readNodeConfigs: () => listNodeConfigs(api, options),
    writeNodeConfig: (node, content, resourceVersion) =>
      writeNodeConfig(api, node, {content, resourceVersion}, options),
    deleteNodeConfig: (node, version) => deleteNodeConfig(api, node, version, options),
    presence: async () => [...(await listNodeFacts(api, options)).values()].map(presenceOf),
    agentInfos: async (nodes) =>
      roads.know(
        nodes === undefined || nodes.length > fewNodes
          ? await listAgentInfos(api, options)
          : (await Promise.all(nodes.map((node) => getAgentInfo(api, node, options)))).flatMap((info) => info ?? []),
      ),
    drift: async (node) => askDrift(await roads.to(node), node),
    observePairs: async (node) => observePairs({infos: roads.infos(), roads: await roads.to(node)}, node),
    answers: async (node) => {
      const known = roads.infos().find((info) => nodeOf(info) === node)
      if (known === undefined) return false
      return askAgentInfo(await roads.to(node), known, node).then(
        () => true,
        () => false,
      )
    },
    agentPod: (node) => findAgentPod(api, node, options),
    deleteAgentPod: (pod) => deletePod(api, pod, options),
    routesLeft: async (node, routes) => {
      const there = await readGatewayRoutes(cluster.credentials, await podOf(node))
      return routes.filter(({podCidr, via}) => there.some((route) => route.to === podCidr && route.via === via))
    },
    removeRoute: async (node, route) => runOnNode(cluster.credentials, await podOf(node), removalOf(route)),
    // It ends by being disposed of, also after Ctrl-C.
    startProbe: async (nodes, owner) =>
      nodes.length < 2 ? undefined : startSteadyProbe(api, {nodes, owner, signal: new AbortController().signal}),
    [Symbol.asyncDispose]: () => roads.close(),
  }
}

/** One that is not Ready does not answer, and on one that is cordoned somebody is at work. */
function presenceOf({name, ready, cordoned}: NodeFacts): NodePresence {
  if (!ready) return {name, away: 'is not Ready'}
  return cordoned ? {name, away: 'is cordoned'} : {name}
}

/** An agent has another Pod or authority after each start: the roads are laid anew then. */
function openFreshRoads(cluster: Pick<Cluster, 'api' | 'credentials'>) {
  const known = new Map<string, AgentInfo>()
  let laid: Promise<{readonly roads: Roads; readonly ends: string}> | undefined
  const ends = () => JSON.stringify([...known.values()].map(({podRef, apiCABundle}) => [podRef.name, apiCABundle]))
  const close = async () => {
    const before = laid
    laid = undefined
    await (await before)?.roads[Symbol.asyncDispose]()
  }
  const lay = async () => {
    const now = ends()
    return {ends: now, roads: await openRoads(cluster, [...known.values()], {timeout: agentPatience})}
  }
  return {
    infos: () => [...known.values()],
    know: (infos: readonly AgentInfo[]) => {
      for (const info of infos) known.set(nodeOf(info), info)
      return infos
    },
    to: async (_node: string) => {
      if (laid !== undefined && (await laid).ends !== ends()) await close()
      laid ??= lay()
      return (await laid).roads
    },
    close,
  }
}
