import type {AgentInfo} from '../../model/agent-info.ts'
import type {Drift} from '../../model/agent-api.ts'
import type {Change, Journal, NodeConfigContent} from '../../model/change.ts'
import type {PairCount} from '../../model/change-event.ts'
import type {AgentPod} from '../../cluster/agent-pods.ts'
import type {StoredLease} from '../../cluster/change-lease.ts'
import type {Place, StoredChange} from '../../cluster/change-record.ts'
import type {StoredConfig} from '../../cluster/config-map.ts'
import type {StoredNodeConfig} from '../../cluster/node-configs.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import type {StaleRoute} from '../upstream/stale-routes.ts'

export interface NodePresence {
  readonly name: string
  /** Why nothing should be expected of it now; undefined: it is there. */
  readonly away?: string
}

/** What the steady probe counted since the last look. Times in milliseconds. */
export interface ProbeLook {
  readonly sent: number
  readonly lost: number
  readonly longestGap: number
  readonly roundTrip?: {readonly median: number; readonly p99: number}
  /** All of which something is known. */
  readonly pairs: readonly PairCount[]
  /** Milliseconds between two packets of a pair: shorter losses are not seen. */
  readonly resolution: number
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
}

export interface RunningProbe extends AsyncDisposable {
  /** Of all that was sent until now: it waits until their fate is known. */
  window(): Promise<ProbeLook>
  /** Milliseconds from one window to the next that the cluster carries. */
  readonly interval: number
}

/** Writes fail with API_CONFLICT where a resourceVersion is another by now, or the object is there and must not be. */
export interface ChangeStore {
  /** `change` is absent where none was ever begun. */
  readChange(): Promise<{readonly place: Place; readonly stored?: StoredChange}>
  /** The new resourceVersion, as that of writeJournal. */
  writeChange(change: Change, journal: Journal, place: Place): Promise<string>
  writeJournal(journal: Journal, resourceVersion: string): Promise<string>
  /** undefined: takes the word back. */
  ask(what: 'abort' | undefined): Promise<void>
  readLease(): Promise<StoredLease>
  writeLease(holder: string | undefined, place: Place): Promise<StoredLease>
}

export interface ChangedObjects {
  readConfig(): Promise<StoredConfig>
  writeConfig(stored: StoredConfig): Promise<void>
  readNodeConfigs(): Promise<ReadonlyMap<string, StoredNodeConfig>>
  writeNodeConfig(node: string, content: NodeConfigContent, resourceVersion: string | undefined): Promise<void>
  deleteNodeConfig(node: string, resourceVersion: string): Promise<void>
}

export interface WatchedNodes {
  presence(): Promise<readonly NodePresence[]>
  /** Of these Nodes, or of all. */
  agentInfos(nodes?: readonly string[]): Promise<readonly AgentInfo[]>
  drift(node: string): Promise<Drift>
  observePairs(node: string): Promise<readonly PairPath[]>
  /** Does its agent answer at all? */
  answers(node: string): Promise<boolean>
  /** Of this change, whose earlier ones end; undefined where there is no pair of Nodes. */
  startProbe(nodes: readonly string[], change: string): Promise<RunningProbe | undefined>
}

/** What only upstream's agents need, which read their configuration at start alone. */
export interface AgentPods {
  /** undefined: there is none, or one that ends. */
  agentPod(node: string): Promise<AgentPod | undefined>
  /** That Pod alone; the DaemonSet makes another one. */
  deleteAgentPod(pod: AgentPod): Promise<void>
  /** Of these the ones that the Node's kernel has. */
  routesLeft(node: string, routes: readonly StaleRoute[]): Promise<readonly StaleRoute[]>
  removeRoute(node: string, route: StaleRoute): Promise<void>
}

export interface Clock {
  now(): number
  sleep(milliseconds: number): Promise<void>
}

/** All that a change needs of a cluster; a test's fake is an object literal. */
export interface ChangeCluster extends ChangeStore, ChangedObjects, WatchedNodes, AgentPods, Clock {}
