import type {AgentInfo} from '../../model/agent-info.ts'

/** bad: packets or people are kept from what they are for. warn: to be looked at. info: to be known. */
export type Severity = 'bad' | 'warn' | 'info'

export interface Finding {
  readonly severity: Severity
  readonly area: 'agents' | 'configuration' | 'versions' | 'drift' | 'paths' | 'not enforced' | 'change'
  readonly sentence: string
  /** The command to go on with. */
  readonly next?: string
}

/** One page on a cluster. */
export interface HealthReport {
  readonly healthy: boolean
  readonly agents: {readonly total: number; readonly healthy: number; readonly answering: number}
  /** undefined where the Nodes may not be listed. */
  readonly nodes?: number
  /** Which Nodes run which mode. */
  readonly modes: Readonly<Record<string, readonly string[]>>
  readonly versions: {readonly agents: readonly string[]; readonly openVSwitch: readonly string[]}
  /** Flows, routes and settings that are not as they must be, on the Nodes that tell; absent where none does. */
  readonly deviations?: number
  readonly findings: readonly Finding[]
}

/** All that a page is made from; what could not be known is absent. */
export interface HealthFacts {
  readonly now: Date
  readonly infos: readonly AgentInfo[]
  readonly nodes?: readonly {readonly name: string; readonly ready: boolean}[] | undefined
  /** antrea-agent.conf of the ConfigMap. */
  readonly config?: string | undefined
  readonly networkPolicies?: boolean | undefined
  readonly change?: {readonly state: string; readonly from?: string; readonly to?: string} | undefined
  /** What each agent counts as deviations, now; upstream's are left out. */
  readonly drifts: readonly {readonly node: string; readonly total: number}[]
  /** Nodes that were asked and did not answer. */
  readonly silent: readonly {readonly node: string; readonly why: string}[]
}
