import {Gauge, Registry} from 'prom-client'
import {tableName} from '../../datapath/pipeline/tables.ts'
import type {TableStats} from '../../datapath/openflow/connection.ts'
import {version} from '../identity.ts'
import type {AgentState} from '../state.ts'

/** Upstream's names and labels (docs/prometheus-integration.md), plus how long the last change took. */
export function openMetrics(now: () => AgentState, tables: () => Promise<readonly TableStats[]>): Registry {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({name, help, labelNames: [...labelNames], registers: [registry]})
  const pods = gauge('antrea_agent_local_pod_count', 'Number of Pods on the Node that the agent manages')
  const flows = gauge('antrea_agent_ovs_flow_count', 'Flow count for each OVS flow table', ['table_id', 'table_name'])
  const total = gauge('antrea_agent_ovs_total_flow_count', 'Total flow count of all OVS flow tables')
  const change = gauge(
    'antrea_agent_last_change_seconds',
    'How long the datapath took to follow the last configuration',
  )
  const memory = gauge('process_resident_memory_bytes', 'Resident memory size in bytes')
  gauge('antrea_agent_build_info', 'Version of the agent', ['version']).set({version}, 1)
  const collect = registry.metrics.bind(registry)
  registry.metrics = async () => {
    const {pods: local, lastChange} = now()
    const counted = (await tables().catch(() => [])).filter((table) => table.flows > 0)
    pods.set(local.length)
    flows.reset()
    for (const table of counted)
      flows.set({table_id: String(table.table), table_name: tableName(table.table)}, table.flows)
    total.set(counted.reduce((sum, table) => sum + table.flows, 0))
    if (lastChange !== undefined) change.set(lastChange.milliseconds / 1000)
    memory.set(process.memoryUsage.rss())
    return collect()
  }
  return registry
}
