import type {AgentCondition, AgentInfo, ConditionType, NetworkInfo} from '../../model/agent-info.ts'
import {names} from '../../model/names.ts'
import {isHostMask, subnetRemedies} from '../../model/subnet.ts'
import {tunnelKind} from '../../model/tunnel.ts'
import {trafficModes} from '../../model/traffic-mode.ts'
import {type Identity, version} from '../identity.ts'
import {podMtuOf} from '../network.ts'
import type {AgentState, LoadedConfig, Trouble} from '../state.ts'

/** What only the running process knows: its API's port and authority, and the time. */
export interface Reported {
  readonly identity: Identity
  readonly apiPort: number
  /** PEM. */
  readonly authority: string
  readonly now: Date
}

/** The agent's own account of itself: AntreaAgentInfo and GET /agentinfo are this one value. */
export function describeAgent(state: AgentState, {identity, apiPort, authority, now}: Reported): AgentInfo {
  const {wiring, applied, lastChange} = state
  return {
    metadata: {name: identity.node},
    version,
    podRef: identity.pod,
    nodeRef: {kind: 'Node', name: identity.node},
    nodeSubnets: wiring === undefined ? [] : [wiring.podCidr],
    ovsInfo: {version: state.ovsVersion ?? '', bridgeName: names.integrationBridge, flowTable: state.flowTable},
    networkPolicyControllerInfo: {},
    localPodNum: state.pods.length,
    agentConditions: conditions(state, now),
    apiPort,
    apiCABundle: Buffer.from(authority).toString('base64'),
    networkInfo: networkInfo(state),
    ...(applied !== undefined && {
      config: {
        hash: applied.hash,
        source: [`configmap/${names.configMap}`, ...ownSource(applied)].join(', '),
        valuesHash: applied.valuesHash,
        values: applied.values,
        sources: chosen(applied),
        ...(lastChange !== undefined && {lastChange}),
      },
    }),
  }
}

function networkInfo({wiring, applied}: AgentState): NetworkInfo {
  return {
    ...(wiring !== undefined && {
      transportInterface: wiring.transportInterface,
      transportInterfaceMTU: wiring.transportMtu,
      transportInterfaceIPs: wiring.transport.map(({ip, prefix}) => `${ip}/${prefix}`),
      tunnels: wiring.tunnels.map(tunnelKind),
      ...(applied !== undefined && {podMTU: podMtuOf(wiring, applied.config)}),
    }),
    ...(applied !== undefined && {
      trafficEncapMode: applied.config.trafficEncapMode,
      tunnelType: applied.config.tunnelType,
      noSNAT: applied.config.noSNAT,
      trafficEncryptionMode: 'none',
    }),
  }
}

/** The Node's own configuration, where a value comes from it. */
function ownSource({sources}: LoadedConfig): readonly string[] {
  return [...new Set(Object.values(sources).filter((source) => source.startsWith('antreanodeconfig/')))]
}

/** Who set the values that somebody set. */
function chosen({values, sources}: LoadedConfig): Readonly<Record<string, string>> {
  const rows = Object.keys(values).flatMap((key) => {
    const source = sources[key]
    return source === undefined || source === 'default' ? [] : [[key, source] as const]
  })
  return Object.fromEntries(rows)
}

function conditions(state: AgentState, now: Date): readonly AgentCondition[] {
  const lastHeartbeatTime = `${now.toISOString().slice(0, 19)}Z`
  const condition = (type: ConditionType, trouble: Trouble, reason: string): AgentCondition => ({
    type,
    status: trouble === undefined ? 'True' : 'False',
    lastHeartbeatTime,
    ...(trouble !== undefined && {reason, message: trouble}),
  })
  const remarks = configRemarks(state)
  const missing = missingFeatures(state)
  const dataplane = state.wiringTrouble ?? state.dataplaneTrouble
  const remark = [dataplane ?? state.contested ?? [], state.tunnelTrouble ?? []].flat().join('; ')
  return [
    condition('AgentHealthy', state.ovsdbTrouble ?? state.openflowTrouble ?? dataplane, 'DataplaneNotReady'),
    {...condition('ControllerConnectionUp', undefined, ''), status: 'Unknown', reason: 'NotAvailable'},
    condition('OVSDBConnectionUp', state.ovsdbTrouble, 'NotConnected'),
    condition('OpenflowConnectionUp', state.openflowTrouble, 'NotConnected'),
    {...condition('ConfigValid', state.configTrouble, 'Refused'), ...(remarks !== undefined && {message: remarks})},
    {...condition('DataplaneReady', dataplane, 'NotConverged'), ...(remark !== '' && {message: remark})},
    {
      type: 'FeatureNotAvailable',
      status: missing === undefined ? 'False' : 'True',
      lastHeartbeatTime,
      ...(missing !== undefined && {reason: 'NotBuiltYet', message: missing}),
    },
  ]
}

/** Keys that are read once: a change of them waits for the agent's next start. */
const readAtStart = [
  'transportInterface',
  'transportInterfaceCIDRs',
  'ovsDatapathType',
  'apiPort',
  'kubeAPIServerOverride',
] as const

/** What is to be said of a configuration that is valid. */
function configRemarks({loaded, started, configTrouble, wiring}: AgentState): string | undefined {
  if (configTrouble !== undefined || loaded === undefined) return undefined
  const keys = readAtStart.filter(
    (key) => started !== undefined && String(loaded.config[key]) !== String(started.config[key]),
  )
  const restart = keys.length === 0 ? [] : [`${keys.join(', ')} changed: in force after the agent's next start`]
  const direct = trafficModes[loaded.config.trafficEncapMode].tunnels !== 'always'
  const masks = direct ? (wiring?.transport ?? []).filter(isHostMask) : []
  const alone = masks.map(({ip, prefix}) => `${ip}/${prefix} has no neighbours: ${subnetRemedies['host-mask']}`)
  const remarks = [...restart, ...loaded.warnings, ...alone]
  return remarks.length === 0 ? undefined : remarks.join('; ')
}

function missingFeatures({loaded, networkPolicies}: AgentState): string | undefined {
  const sentences = [
    ...(loaded?.config.antreaProxyEnabled === true
      ? ['antreaProxy is not available yet: kube-proxy does the Services']
      : []),
    ...(loaded?.missing ?? []),
    ...(networkPolicies === true ? ['NetworkPolicy objects are present and not enforced'] : []),
  ]
  return sentences.length === 0 ? undefined : sentences.join('; ')
}
