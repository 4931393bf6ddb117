import {isDeepStrictEqual} from 'node:util'
import type {ClusterNode} from '../model/node.ts'
import type {NodeConfig} from '../model/config/effective.ts'
import type {EffectiveConfig} from '../model/agent-config.ts'
import type {LastChange} from '../model/agent-info.ts'
import type {Ip} from '../model/address.ts'
import type {NodeWiring, ProbeEnd} from '../model/node-network.ts'
import type {LocalPod} from '../model/pod.ts'
import type {TrafficMode} from '../model/traffic-mode.ts'

/** antrea-agent.conf as the API server gave it last. */
export interface LoadedConfig extends EffectiveConfig {
  /** Of the text. */
  readonly hash: string
}

/** Do both say the same, in words, in values and by whom? */
export function sameConfig(a: LoadedConfig | undefined, b: LoadedConfig | undefined): boolean {
  return a?.hash === b?.hash && a?.valuesHash === b?.valuesHash && isDeepStrictEqual(a?.sources, b?.sources)
}

/** Why something is not well, in one sentence; undefined: it is well. */
export type Trouble = string | undefined

/** All that this agent knows. Parts replace fields through `update`; readers take `now`. */
export interface AgentState {
  /** The last configuration that was valid: what the datapath follows. */
  readonly loaded?: LoadedConfig
  /** performance.now() when `loaded` came. */
  readonly loadedAt?: number
  /** The mode before that of `loaded`, for a minute. */
  readonly formerMode?: TrafficMode | undefined
  /** antrea-agent.conf as text, from which `loaded` was read. */
  readonly configText?: string
  /** The AntreaNodeConfig of this Node, from which `loaded` was read; undefined: there was none. */
  readonly nodeConfig?: NodeConfig | undefined
  readonly configTrouble: Trouble
  /** undefined until the first LIST that was not empty. */
  readonly nodes?: readonly ClusterNode[]
  readonly internalIp?: Ip
  /** Whose machine this Node is, as its spec.providerID begins: aws, azure, gce … */
  readonly provider?: string
  readonly wiring?: NodeWiring
  /** Pods whose port Open vSwitch has. */
  readonly pods: readonly LocalPod[]
  /** Pods whose port Open vSwitch is about to get: their flows are there before. */
  readonly coming: readonly LocalPod[]
  /** While a probe session runs. */
  readonly probe?: ProbeEnd | undefined
  readonly ovsVersion?: string
  readonly ovsdbTrouble: Trouble
  readonly openflowTrouble: Trouble
  readonly dataplaneTrouble: Trouble
  /** Bridges or ports are not as they must be, or ovs-vswitchd does not yet forward by our flows. */
  readonly wiringTrouble?: Trouble
  /** Peers that packets should be tunnelled to, and cannot. */
  readonly tunnelTrouble?: Trouble
  /** Somebody keeps changing what is ours. */
  readonly contested?: Trouble
  /** The API server does not answer: since when, and why; what is known then comes from the checkpoint or stays. */
  readonly apiTrouble?: Trouble
  readonly flowTable: Readonly<Record<string, number>>
  /** The configuration that this process started with. */
  readonly started?: LoadedConfig
  /** NetworkPolicy objects are there, which nobody enforces yet. */
  readonly networkPolicies?: boolean
  /** What the datapath runs, which may lag behind `loaded` for some milliseconds. */
  readonly applied?: LoadedConfig
  readonly lastChange?: LastChange
}

export interface Store {
  now(): AgentState
  update(change: Partial<AgentState>): void
  /** Called after each update. The answer takes the listener away. */
  onChange(listener: (now: AgentState, before: AgentState) => void): () => void
}

/** The configuration's trouble until there is one. */
export const notReadYet = 'antrea-agent.conf has not been read yet'

export function openStore(): Store {
  let state: AgentState = {
    configTrouble: notReadYet,
    pods: [],
    coming: [],
    ovsdbTrouble: 'not connected yet',
    openflowTrouble: 'not connected yet',
    dataplaneTrouble: 'not installed yet',
    flowTable: {},
  }
  const listeners = new Set<(now: AgentState, before: AgentState) => void>()
  return {
    now: () => state,
    update: (change) => {
      const before = state
      state = {...state, ...change}
      for (const listener of listeners) listener(state, before)
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
