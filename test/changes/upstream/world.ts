import {effectiveConfig} from '../../../src/model/agent-config.ts'
import type {AgentInfo} from '../../../src/model/agent-info.ts'
import type {TrafficMode} from '../../../src/model/traffic-mode.ts'
import type {AgentPod} from '../../../src/cluster/agent-pods.ts'
import {nodeOf} from '../../../src/cluster/agent-infos.ts'
import {type StaleRoute, staleRoutesIn} from '../../../src/changes/upstream/stale-routes.ts'
import {fourAgents} from '../../diagnostics/agents.ts'
import {openWorld, pathsOf, type World} from '../engine/world.ts'

/** n1, n2 in one subnet, n3, n4 in another; as upstream's report themselves. */
export const upstreamAgents: readonly AgentInfo[] = fourAgents.map(({networkInfo, ...info}) => {
  const {trafficEncapMode: _mode, tunnelType: _type, ...network} = networkInfo
  return {...info, networkInfo: network, agentConditions: conditionsAt('2026-11-27T00:00:00Z')}
})

interface RunningAgent {
  readonly pod: AgentPod
  readonly mode: TrafficMode
  readonly routes: readonly StaleRoute[]
}

export interface UpstreamWorld {
  readonly world: World
  /** What each Node's agent runs: the ConfigMap as it was when it started. */
  readonly running: ReadonlyMap<string, RunningAgent>
  /** Agents that do not come up again once they end, as long as they are here. */
  readonly broken: Set<string>
}

/** A cluster in memory whose agents read the ConfigMap when they start, and forget a route in noEncap. */
export function openUpstreamWorld(text: string): UpstreamWorld {
  const running = new Map<string, RunningAgent>()
  const broken = new Set<string>()
  let starts = 0
  const start = (node: string, world: Pick<World, 'text' | 'clock'>) => {
    const mode = modeOf(world.text)
    const uid = `pod-${(starts += 1)}`
    const created = new Date(world.clock).toISOString()
    const candidates = staleRoutesIn(upstreamAgents, [node])
    // Nobody takes away what the mode before put there.
    const routes = mode === 'noEncap' ? (running.get(node)?.routes ?? []) : candidates
    running.set(node, {pod: {name: `antrea-agent-${uid}`, uid, created, ready: !broken.has(node)}, mode, routes})
  }
  const world = openWorld(text, {}, upstreamAgents, (now) => ({
    readNodeConfigs: async () => new Map(),
    writeNodeConfig: async (node) => {
      throw new Error(`an AntreaNodeConfig was written for ${node}`)
    },
    startProbe: async () => undefined,
    agentInfos: async (nodes) =>
      upstreamAgents
        .filter((info) => nodes?.includes(nodeOf(info)) ?? true)
        .map((info) => {
          const {pod} = running.get(nodeOf(info)) ?? {}
          const podRef = {...info.podRef, ...(pod !== undefined && {name: pod.name})}
          return {...info, podRef, agentConditions: conditionsAt(new Date(now.clock).toISOString())}
        }),
    observePairs: async (node) =>
      pathsOf(node, running.get(node)?.mode ?? 'encap', upstreamAgents).map(({route: _route, ...path}) =>
        path.class === 'tunnelled' ? path : {...path, class: 'unknown'},
      ),
    agentPod: async (node) => {
      const {pod} = running.get(node) ?? {}
      return pod && {...pod, ready: pod.ready || !broken.has(node)}
    },
    deleteAgentPod: async (pod) => {
      const [node] = [...running].find(([, one]) => one.pod.uid === pod.uid) ?? []
      if (node !== undefined) start(node, now)
      now.acts.push(`restart ${node ?? 'nobody'}`)
    },
    routesLeft: async (node, routes) => {
      const there = running.get(node)?.routes ?? []
      return routes.filter((route) => there.some((one) => one.podCidr === route.podCidr))
    },
    removeRoute: async (node, route) => {
      const agent = running.get(node)
      if (agent === undefined) return
      running.set(node, {...agent, routes: agent.routes.filter(({podCidr}) => podCidr !== route.podCidr)})
      now.acts.push(`remove ${route.podCidr} on ${node}`)
    },
  }))
  for (const info of upstreamAgents) start(nodeOf(info), world)
  return {world, running, broken}
}

export function modeOf(text: string): TrafficMode {
  return effectiveConfig({text}, {agent: 'upstream'}).config.trafficEncapMode
}

function conditionsAt(time: string): AgentInfo['agentConditions'] {
  return (['AgentHealthy', 'OpenflowConnectionUp'] as const).map((type) => ({
    type,
    status: 'True',
    lastHeartbeatTime: time,
  }))
}
