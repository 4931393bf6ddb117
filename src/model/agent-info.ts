/**
 * AntreaAgentInfo, crd.antrea.io/v1beta1, and GET /agentinfo: field names are Antrea's, so that the JSON is the same on
 * an upstream cluster. The fields that upstream lacks are optional: absent there, present on our agents.
 */
export interface AgentInfo {
  readonly metadata: {readonly name: string}
  readonly version: string
  readonly podRef: ObjectReference
  readonly nodeRef: ObjectReference
  readonly nodeSubnets: readonly string[]
  readonly ovsInfo: {
    readonly version: string
    readonly bridgeName: string
    readonly flowTable: Readonly<Record<string, number>>
  }
  readonly networkPolicyControllerInfo: {
    readonly networkPolicyNum?: number
    readonly addressGroupNum?: number
    readonly appliedToGroupNum?: number
  }
  readonly localPodNum: number
  readonly agentConditions: readonly AgentCondition[]
  readonly apiPort: number
  /** base64 of the PEM that signed the agent API's certificate; a new one at each start of the agent. */
  readonly apiCABundle: string
  readonly networkInfo: NetworkInfo
  readonly config?: ConfigInfo
}

export interface ObjectReference {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
}

export interface NetworkInfo {
  readonly transportInterface?: string
  readonly transportInterfaceMTU?: number
  readonly podMTU?: number
  /** CIDR notation, at most one a family. */
  readonly transportInterfaceIPs?: readonly string[]
  readonly trafficEncapMode?: string
  readonly tunnelType?: string
  readonly noSNAT?: boolean
  readonly trafficEncryptionMode?: string
  /** "geneve:6081", "gre": what the Node receives by, the first sends. */
  readonly tunnels?: readonly string[]
}

/** `result`: started, applied or refused; of a refused one nothing is in force, and `why` says what was wrong. */
export interface LastChange {
  readonly time: string
  readonly result: string
  readonly milliseconds: number
  readonly why?: string
}

/** Which configuration the agent runs, and how its last change went. */
export interface ConfigInfo {
  /** First 12 hex digits of SHA-256 over antrea-agent.conf as read. */
  readonly hash: string
  readonly source: string
  /** Of the values, whatever text they came from: the same for all Nodes that run the same. */
  readonly valuesHash?: string
  /** What the agent obeys, by dotted key. */
  readonly values?: Readonly<Record<string, string | number | boolean>>
  /** Who set those that are no defaults: configmap/antrea-config or antreanodeconfig/NAME. */
  readonly sources?: Readonly<Record<string, string>>
  readonly lastChange?: LastChange
}

export const conditionTypes = [
  'AgentHealthy',
  'ControllerConnectionUp',
  'OVSDBConnectionUp',
  'OpenflowConnectionUp',
  'ConfigValid',
  'DataplaneReady',
  'FeatureNotAvailable',
] as const
export type ConditionType = (typeof conditionTypes)[number]

export interface AgentCondition {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly lastHeartbeatTime: string
  readonly reason?: string
  readonly message?: string
}
