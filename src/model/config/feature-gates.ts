import * as v from 'valibot'
import {ignored} from './fate.ts'

/**
 * Upstream's gates (pkg/features) with their stage and default. Ours has one path for each feature and no gate yet: their
 * names are checked and their values remembered for the refusals that name them.
 */
export const gates = {
  AdminNetworkPolicy: {stage: 'Deprecated', on: false},
  AntreaIPAM: {stage: 'Alpha', on: false},
  AntreaNodeConfig: {stage: 'Beta', on: true},
  AntreaPolicy: {stage: 'Beta', on: true},
  AntreaProxy: {stage: 'GA', on: true},
  BGPPolicy: {stage: 'Alpha', on: false},
  CleanupStaleUDPSvcConntrack: {stage: 'Beta', on: true},
  ClusterNetworkPolicy: {stage: 'Alpha', on: false},
  Egress: {stage: 'Beta', on: true},
  EgressSeparateSubnet: {stage: 'Beta', on: true},
  EgressTrafficShaping: {stage: 'Alpha', on: false},
  EndpointSlice: {stage: 'GA', on: true},
  ExternalNode: {stage: 'Alpha', on: false},
  FlowExporter: {stage: 'Alpha', on: false},
  IPsecCertAuth: {stage: 'Alpha', on: false},
  L7NetworkPolicy: {stage: 'Alpha', on: false},
  LoadBalancerModeDSR: {stage: 'Alpha', on: false},
  Multicast: {stage: 'Beta', on: true},
  Multicluster: {stage: 'Alpha', on: false},
  NFTablesHostNetworkMode: {stage: 'Alpha', on: false},
  NetworkPolicyStats: {stage: 'Beta', on: true},
  NodeIPAM: {stage: 'Beta', on: true},
  NodeLatencyMonitor: {stage: 'Alpha', on: false},
  NodeNetworkPolicy: {stage: 'Alpha', on: false},
  NodePortLocal: {stage: 'GA', on: true},
  PacketCapture: {stage: 'Alpha', on: false},
  PreferSameTrafficDistribution: {stage: 'Alpha', on: false},
  SecondaryNetwork: {stage: 'Alpha', on: false},
  ServiceExternalIP: {stage: 'Beta', on: true},
  ServiceTrafficDistribution: {stage: 'GA', on: true},
  SupportBundleCollection: {stage: 'Alpha', on: false},
  TopologyAwareHints: {stage: 'GA', on: true},
  Traceflow: {stage: 'Beta', on: true},
  TrafficControl: {stage: 'Alpha', on: false},
} as const satisfies Record<string, {readonly stage: string; readonly on: boolean}>
export type FeatureGate = keyof typeof gates

/** Switches of a whole stage. */
const stages = {AllAlpha: 'Alpha', AllBeta: 'Beta'} as const

export const gateNames: readonly string[] = [...Object.keys(gates), ...Object.keys(stages)].toSorted()

const map = v.record(v.string(), v.boolean('true or false'), 'a mapping of feature gates')
export const featureGates = v.nullish(
  v.pipe(map, v.metadata({fate: ignored('a feature of this agent has no gate'), names: gateNames})),
  {},
)

/** As upstream decides: the gate itself, else its stage, else its default. */
export function isGateOn(set: Readonly<Record<string, boolean>>, gate: FeatureGate): boolean {
  const {stage, on} = gates[gate]
  const whole = stage === 'Alpha' ? set['AllAlpha'] : stage === 'Beta' ? set['AllBeta'] : undefined
  return set[gate] ?? whole ?? on
}
