import * as v from 'valibot'
import {effectiveConfig} from '../../../src/model/agent-config.ts'
import type {AgentInfo} from '../../../src/model/agent-info.ts'
import {
  type Change,
  changeSchema,
  type Journal,
  journalSchema,
  type NodeConfigContent,
} from '../../../src/model/change.ts'
import {isMapping} from '../../../src/model/config/place.ts'
import {AntctlError} from '../../../src/model/errors.ts'
import {isTrafficMode, type TrafficMode} from '../../../src/model/traffic-mode.ts'
import {nodeOf} from '../../../src/cluster/agent-infos.ts'
import type {ChangeCluster, ProbeLook} from '../../../src/changes/engine/cluster.ts'
import type {PairPath} from '../../../src/diagnostics/paths/pair.ts'
import {expectedWays} from '../../../src/changes/set-mode/expected-classes.ts'
import {configHash} from '../../../src/changes/set-mode/hash.ts'
import {plannedMtu} from '../../../src/changes/set-mode/planned-node.ts'
import {fourAgents} from '../../diagnostics/agents.ts'

/** A cluster in memory whose agents do at once what they are told. What its fields say may be changed in the middle. */
export interface World {
  text: string
  nodeConfigs: Map<string, {content: NodeConfigContent; version: number}>
  away: Map<string, string>
  /** Agents that follow nothing more: they keep what they ran. */
  stuck: Set<string>
  /** Nodes that have no way to the others in that mode. */
  readonly unrouted: Map<string, TrafficMode>
  /** No Nodes of the cluster any more. */
  readonly gone: Set<string>
  /** What the probe sees at its next looks. */
  looks: ProbeLook[]
  silentAgents: Set<string>
  readonly agents: readonly AgentInfo[]
  /** Every write, in order. */
  readonly acts: string[]
  clock: number
  probes: number
  /** The face of a process; `interfere` is called before and after each of its calls. */
  process(interfere?: Interfere): ChangeCluster
  lease: {holder?: string | undefined; renewed: string; version: number}
  record(): {change: Change; journal: Journal} | undefined
  size(): number
}

/** Before and after each call of a process; `number` counts its calls. */
export type Interfere = (call: string, when: 'before' | 'after', number: number) => void

const counted = {
  from: 'n1',
  to: 'n2',
  form: 'live',
  sent: 1_000,
  lost: 0,
  longestGap: 0,
  roundTrip: {median: 1, p99: 3},
}
export const calm: ProbeLook = {sent: 1_000, lost: 0, longestGap: 4, pairs: [counted], resolution: 10, silent: []}

interface Stored {
  readonly change: Change
  readonly journal: Journal
  readonly asked?: 'abort' | undefined
  readonly version: number
}

export function openWorld(
  text: string,
  own: Readonly<Record<string, NodeConfigContent>> = {},
  agents: readonly AgentInfo[] = fourAgents,
  /** What another kind of cluster does otherwise. */
  otherwise: (world: World) => Partial<ChangeCluster> = () => ({}),
): World {
  let version = 1
  let stored: Stored | undefined
  const kept = new Map<string, AgentInfo>()
  const next = () => (version += 1)
  const conflict = (what: string) => new AntctlError('API_CONFLICT', `${what} was changed`)
  const infoOf = (agent: AgentInfo): AgentInfo => {
    const node = nodeOf(agent)
    const before = kept.get(node)
    if (before !== undefined && world.stuck.has(node)) return before
    const content = world.nodeConfigs.get(node)?.content
    const spec = isMapping(content?.['spec']) ? content['spec']['agent'] : undefined
    const info = remembered(reports, `${node} ${world.text} ${JSON.stringify(spec)}`, () =>
      report(agent, world.text, spec),
    )
    kept.set(node, info)
    return info
  }
  const infos = () => world.agents.map(infoOf)
  const world: World = {
    text,
    nodeConfigs: new Map(Object.entries(own).map(([node, content]) => [node, {content, version: 1}])),
    away: new Map(),
    stuck: new Set(),
    silentAgents: new Set(),
    unrouted: new Map(),
    gone: new Set(),
    looks: [],
    agents,
    acts: [],
    clock: Date.UTC(2026, 10, 27),
    probes: 0,
    lease: {renewed: '', version: 1},
    record: () =>
      stored && {
        change: {...v.parse(changeSchema, JSON.parse(JSON.stringify(stored.change))), config: stored.change.config},
        journal: v.parse(journalSchema, JSON.parse(JSON.stringify(stored.journal))),
      },
    size: () => Buffer.byteLength(JSON.stringify(stored ?? '')),
    process: (interfere = () => undefined) => wrapped({...face, ...otherwise(world)}, interfere),
  }
  const face: ChangeCluster = {
    readChange: async () => {
      if (stored === undefined) return {place: undefined}
      const {asked, version: at, change, journal} = stored
      const resourceVersion = String(at)
      return {place: resourceVersion, stored: {change, journal, resourceVersion, ...(asked !== undefined && {asked})}}
    },
    writeChange: async (change, journal, place) => {
      if (place !== (stored === undefined ? undefined : String(stored.version))) throw conflict('the record')
      stored = {change, journal, version: next()}
      world.acts.push('record')
      return String(stored.version)
    },
    writeJournal: async (journal, at) => {
      if (stored === undefined || String(stored.version) !== at) throw conflict('the record')
      stored = {...stored, journal, version: next()}
      return String(stored.version)
    },
    ask: async (asked) => {
      if (stored !== undefined) stored = {...stored, asked, version: next()}
    },
    readLease: async () => ({
      place: String(world.lease.version),
      holder: world.lease.holder,
      renewed: world.lease.renewed,
    }),
    writeLease: async (holder, place) => {
      if (place !== String(world.lease.version)) throw conflict('the lease')
      world.lease = {holder, renewed: String(world.clock), version: next()}
      return {place: String(world.lease.version), holder, renewed: world.lease.renewed}
    },
    readConfig: async () => ({text: world.text, resourceVersion: configHash(world.text)}),
    writeConfig: async ({text: wanted, resourceVersion}) => {
      if (resourceVersion !== configHash(world.text)) throw conflict('the ConfigMap')
      world.text = wanted
      world.acts.push('config')
    },
    readNodeConfigs: async () =>
      new Map(
        [...world.nodeConfigs].map(([node, {content, version: at}]) => [node, {content, resourceVersion: String(at)}]),
      ),
    writeNodeConfig: async (node, content, at) => {
      const there = world.nodeConfigs.get(node)
      if (at !== (there === undefined ? undefined : String(there.version))) throw conflict(node)
      world.nodeConfigs.set(node, {content: JSON.parse(JSON.stringify(content)), version: next()})
      world.acts.push(`put ${node}`)
    },
    deleteNodeConfig: async (node, at) => {
      const there = world.nodeConfigs.get(node)
      if (there === undefined) throw new AntctlError('API_NOT_FOUND', node)
      if (at !== String(there.version)) throw conflict(node)
      world.nodeConfigs.delete(node)
      world.acts.push(`delete ${node}`)
    },
    presence: async () =>
      world.agents.map(nodeOf).flatMap((name) => {
        const why = world.away.get(name)
        return world.gone.has(name) ? [] : [{name, ...(why !== undefined && {away: why})}]
      }),
    agentInfos: async () =>
      infos().filter((info) => !world.silentAgents.has(nodeOf(info)) && !world.gone.has(nodeOf(info))),
    drift: async () => ({comparedAt: '', total: 0, deviations: []}),
    answers: async (node) => !world.silentAgents.has(node) && !world.away.has(node),
    observePairs: async (node) => {
      const all = infos()
      const mode = all.find((info) => nodeOf(info) === node)?.networkInfo.trafficEncapMode ?? ''
      if (mode === world.unrouted.get(node)) return brokenPaths(node, mode, all)
      return remembered(paths, `${node} ${mode} ${all.length}`, () =>
        pathsOf(node, isTrafficMode(mode) ? mode : 'encap', all),
      )
    },
    agentPod: async () => undefined,
    deleteAgentPod: async () => undefined,
    routesLeft: async () => [],
    removeRoute: async () => undefined,
    startProbe: async () => {
      world.probes += 1
      return {
        interval: 1_000,
        window: async () => {
          const look = world.looks.shift() ?? calm
          const mute = [...world.silentAgents].map((node) => ({node, reason: 'its agent gave no account'}))
          return {...look, silent: [...look.silent, ...mute]}
        },
        [Symbol.asyncDispose]: async () => {
          world.probes -= 1
        },
      }
    },
    now: () => world.clock,
    sleep: async (milliseconds) => {
      if (milliseconds < 0) throw new Error(`nobody sleeps for ${milliseconds} ms`)
      world.clock += milliseconds
    },
  }
  infos()
  return world
}

/** The same in every world. */
const reports = new Map<string, AgentInfo>()
const paths = new Map<string, readonly PairPath[]>()

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

/** What an agent says of itself that runs this. */
function report(agent: AgentInfo, text: string, spec: unknown): AgentInfo {
  const nodeConfig = {name: nodeOf(agent), agent: spec}
  const {config, sources, values, valuesHash} = effectiveConfig({text, ...(spec !== undefined && {nodeConfig})})
  const {trafficEncapMode, noSNAT} = config
  const own = {hash: configHash(text), source: 'configmap/antrea-config', values, valuesHash, sources}
  const mtu = plannedMtu(trafficEncapMode, {...agent, config: own}, config)
  return {
    ...agent,
    networkInfo: {...agent.networkInfo, trafficEncapMode, noSNAT, ...(mtu !== undefined && {podMTU: mtu})},
    config: {...own, lastChange: {time: '', result: 'applied', milliseconds: 9}},
  }
}

export function pathsOf(node: string, mode: TrafficMode, infos: readonly AgentInfo[]): readonly PairPath[] {
  return expectedWays(infos)(node, mode).map((pair) => ({
    ...pair,
    why: 'as told',
    route: {to: pair.podCidr, dev: pair.class === 'tunnelled' ? 'antrea-gw0' : 'eth1'},
  }))
}

function brokenPaths(node: string, mode: TrafficMode, infos: readonly AgentInfo[]): readonly PairPath[] {
  return pathsOf(node, mode, infos).map((path) => ({...path, class: 'broken', why: 'there is no route'}))
}

function wrapped(face: ChangeCluster, interfere: Interfere): ChangeCluster {
  let calls = 0
  const call =
    <Given extends readonly unknown[], Answer>(name: string, work: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      const number = (calls += 1)
      interfere(name, 'before', number)
      const answer = await work(...given)
      interfere(name, 'after', number)
      return answer
    }
  return {
    readChange: call('readChange', face.readChange),
    writeChange: call('writeChange', face.writeChange),
    writeJournal: call('writeJournal', face.writeJournal),
    ask: call('ask', face.ask),
    readLease: call('readLease', face.readLease),
    writeLease: call('writeLease', face.writeLease),
    readConfig: call('readConfig', face.readConfig),
    writeConfig: call('writeConfig', face.writeConfig),
    readNodeConfigs: call('readNodeConfigs', face.readNodeConfigs),
    writeNodeConfig: call('writeNodeConfig', face.writeNodeConfig),
    deleteNodeConfig: call('deleteNodeConfig', face.deleteNodeConfig),
    presence: call('presence', face.presence),
    agentInfos: call('agentInfos', face.agentInfos),
    drift: call('drift', face.drift),
    observePairs: call('observePairs', face.observePairs),
    answers: call('answers', face.answers),
    agentPod: call('agentPod', face.agentPod),
    deleteAgentPod: call('deleteAgentPod', face.deleteAgentPod),
    routesLeft: call('routesLeft', face.routesLeft),
    removeRoute: call('removeRoute', face.removeRoute),
    startProbe: call('startProbe', face.startProbe),
    now: face.now,
    sleep: call('sleep', face.sleep),
  }
}
