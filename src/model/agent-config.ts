import {createHash} from 'node:crypto'
import {type Cidr, parseCidr} from './address.ts'
import {type ConfigSources, readEffective} from './config/effective.ts'
import type {ConfigValues} from './config/keys.ts'
import {changedKeys, leaves} from './config/outline.ts'
import {parsePath, valueAt} from './config/place.ts'
import {refusalError} from './refusals/refuse.ts'
import type {Surroundings} from './refusals/row.ts'
import {isTrafficMode, type TrafficMode} from './traffic-mode.ts'
import {isTunnelType, tunnelPortOf, type TunnelType} from './tunnel.ts'

/** What this agent acts on, of all keys of antrea-agent.conf; names are Antrea's. */
export interface AgentConfig {
  readonly trafficEncapMode: TrafficMode
  readonly noSNAT: boolean
  readonly snatFullyRandomPorts: boolean
  readonly tunnelType: TunnelType
  /** The UDP port in force; undefined: gre has none. */
  readonly tunnelPort: number | undefined
  readonly tunnelCsum: boolean
  readonly transportInterface?: string
  /** Of the interfaces the first with an address in one of these; transportInterface goes before. */
  readonly transportInterfaceCIDRs: readonly Cidr[]
  readonly ovsDatapathType?: 'system' | 'netdev'
  /** Bytes; 0: taken from the transport interface. */
  readonly defaultMTU: number
  /** As klog's -v: 0 what happens, 1 to 3 details, 4 and more everything. */
  readonly logVerbosity: number
  readonly serviceCIDR?: Cidr
  readonly kubeAPIServerOverride?: string
  readonly apiPort: number
  readonly antreaProxyEnabled: boolean
}

export type EffectiveValues = Readonly<Record<string, string | number | boolean>>

/** What a Node runs, from which source each value comes, and what is to be told of it. */
export interface EffectiveConfig {
  readonly config: AgentConfig
  /** By dotted key, of all that this agent obeys; lists as text with commas. */
  readonly values: EffectiveValues
  /** By dotted key: default, configmap/antrea-config or antreanodeconfig/NAME. */
  readonly sources: Readonly<Record<string, string>>
  /** First 12 hex digits of SHA-256 over the values, whatever text they came from. */
  readonly valuesHash: string
  readonly warnings: readonly string[]
  /** Parts of Antrea that are asked for and not there yet: "nodePortLocal.enable: NodePortLocal is not available yet". */
  readonly missing: readonly string[]
}

/** ConfigMap and AntreaNodeConfig → what the Node runs. Throws CONFIG_INVALID with all that is refused. */
export function effectiveConfig(sources: ConfigSources, around: Surroundings = {}): EffectiveConfig {
  const {values, refused, ...found} = readEffective(sources, around)
  const config = agentConfigOf(values)
  if (refused.length > 0 || config === undefined) throw refusalError(refused)
  return {
    config,
    values: obeyedValues(values),
    sources: found.sources,
    valuesHash: createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 12),
    warnings: found.warnings,
    missing: changedKeys(values).flatMap(({path, fallback, fate}) =>
      fallback === false && fate !== undefined && 'later' in fate
        ? [`${path}: ${fate.later} is not available yet`]
        : [],
    ),
  }
}

function obeyedValues(values: ConfigValues): EffectiveValues {
  const rows = leaves().flatMap(({path, fate}) => {
    if (fate === undefined || !('obeyed' in fate)) return []
    const value = valueAt(values, parsePath(path))
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return [[path, isPlain ? value : Array.isArray(value) ? value.join(',') : ''] as const]
  })
  return Object.fromEntries(rows)
}

/** antrea-agent.conf alone; throws CONFIG_INVALID with the sentence to show. */
export function parseAgentConfig(text: string): AgentConfig {
  return effectiveConfig({text}).config
}

/** undefined: a mode or tunnel that the table refuses for this agent. */
function agentConfigOf(values: ConfigValues): AgentConfig | undefined {
  const {trafficEncapMode, tunnelType, transportInterface, ovsDatapathType, serviceCIDR, kubeAPIServerOverride} = values
  if (!isTrafficMode(trafficEncapMode) || !isTunnelType(tunnelType)) return undefined
  return {
    trafficEncapMode,
    noSNAT: values.noSNAT,
    snatFullyRandomPorts: values.snatFullyRandomPorts,
    tunnelType,
    tunnelPort: tunnelPortOf(tunnelType, values.tunnelPort),
    tunnelCsum: values.tunnelCsum,
    transportInterfaceCIDRs: values.transportInterfaceCIDRs.map(parseCidr),
    defaultMTU: values.defaultMTU,
    logVerbosity: values.logVerbosity,
    apiPort: values.apiPort,
    antreaProxyEnabled: values.antreaProxy.enable,
    ...(transportInterface !== '' && {transportInterface}),
    ...(ovsDatapathType !== '' && {ovsDatapathType}),
    ...(serviceCIDR !== '' && {serviceCIDR: parseCidr(serviceCIDR)}),
    ...(kubeAPIServerOverride !== '' && {kubeAPIServerOverride}),
  }
}
