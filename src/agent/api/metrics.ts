import {peersOf} from '../../model/node.ts'
import {needsTunnel} from '../../model/traffic-mode.ts'
import type {TableStats} from '../../datapath/openflow/connection.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {version} from '../identity.ts'
import {type Figures, flowOperations, type Timing} from '../report/figures.ts'
import type {AgentState} from '../state.ts'
import type {Metric, Sample} from './exposition.ts'

/** What is asked at each scrape; undefined where it cannot be told now. */
export interface Measured {
  readonly tables: readonly TableStats[]
  readonly conntrack?: {readonly total: number; readonly max: number} | undefined
  /** Bytes. */
  readonly resident: number
}

/** Upstream's names and labels first (docs/prometheus-integration.md), then ours. */
export function describeMetrics(state: AgentState, figures: Figures, measured: Measured): readonly Metric[] {
  return [...upstream(state, figures, measured), ...ours(state, figures, measured)]
}

function upstream({pods}: AgentState, {flowOps}: Figures, {tables, conntrack}: Measured): readonly Metric[] {
  const prefix = 'antrea_agent'
  const counts = tables.map(({table, flows}) => ({
    labels: {table_id: String(table), table_name: tableName(table)},
    value: flows,
  }))
  const total = tables.reduce((sum, {flows}) => sum + flows, 0)
  const ops = (value: (timing: Timing) => number) =>
    flowOperations.map((operation) => ({labels: {operation}, value: value(flowOps[operation])}))
  return [
    gauge(`${prefix}_local_pod_count`, 'Number of Pods on the Node that the agent manages', pods.length),
    {...gauge(`${prefix}_ovs_flow_count`, 'Flow count for each OVS flow table'), samples: counts},
    gauge(`${prefix}_ovs_total_flow_count`, 'Total flow count of all OVS flow tables', total),
    {
      ...counter(`${prefix}_ovs_flow_ops_count`, 'Number of OVS flow operations by kind of operation'),
      samples: ops(({count}) => count),
    },
    {
      ...counter(`${prefix}_ovs_flow_ops_error_count`, 'Number of OVS flow operations that failed'),
      samples: ops(({errors}) => errors),
    },
    {
      name: `${prefix}_ovs_flow_ops_latency_milliseconds`,
      help: 'How long OVS flow operations took',
      type: 'summary',
      samples: flowOperations.flatMap((operation) => summary(flowOps[operation], {operation})),
    },
    gauge(`${prefix}_conntrack_total_connection_count`, 'Connections of the conntrack table', conntrack?.total),
    gauge(`${prefix}_conntrack_max_connection_count`, 'Size of the conntrack table', conntrack?.max),
  ]
}

function ours(state: AgentState, {passes, repairs, driftRepairs}: Figures, {resident}: Measured): readonly Metric[] {
  const {applied, lastChange} = state
  const mode = applied?.config.trafficEncapMode
  return [
    {...gauge('antctl_agent_info', 'Version and traffic mode of the agent'), samples: [infoSample(mode)]},
    {...gauge('antctl_agent_peer_count', 'Peers by the way that packets take to them'), samples: peerSamples(state)},
    {
      name: 'antctl_agent_reconcile_milliseconds',
      help: 'How long it took to bring the switch and the kernel to what is wanted',
      type: 'summary',
      samples: summary(passes, {}),
    },
    counter('antctl_agent_reconcile_error_count', 'Number of times that this failed', passes.errors),
    counter('antctl_agent_wiring_repair_count', 'Times that bridges or ports were put back', repairs.count),
    counter('antctl_agent_drift_repair_count', 'Passes that undid what somebody else had changed', driftRepairs),
    gauge(
      'antctl_agent_last_change_seconds',
      'How long the datapath took to follow the last configuration',
      lastChange && lastChange.milliseconds / 1000,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes', resident),
  ]
}

function infoSample(mode: string | undefined): Sample {
  return {labels: {version, ...(mode !== undefined && {mode})}, value: 1}
}

function peerSamples({wiring, nodes, applied}: AgentState): readonly Sample[] {
  if (wiring === undefined || nodes === undefined || applied === undefined) return []
  const peers = peersOf(wiring.node, nodes, wiring.transport)
  const tunnelled = peers.filter((peer) => needsTunnel(applied.config.trafficEncapMode, peer)).length
  return [
    {labels: {way: 'tunnel'}, value: tunnelled},
    {labels: {way: 'direct'}, value: peers.length - tunnelled},
  ]
}

function gauge(name: string, help: string, value?: number): Metric {
  return {name, help, type: 'gauge', samples: value === undefined ? [] : [{value}]}
}

function counter(name: string, help: string, value?: number): Metric {
  return {...gauge(name, help, value), type: 'counter'}
}

function summary(timing: Timing, labels: Readonly<Record<string, string>>): readonly Sample[] {
  return [
    ...[0.5, 0.9, 0.99].map((share) => ({labels: {...labels, quantile: String(share)}, value: timing.quantile(share)})),
    {labels, suffix: '_sum', value: timing.sum},
    {labels, suffix: '_count', value: timing.count},
  ]
}
