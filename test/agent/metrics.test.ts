import {expect, test} from 'vitest'
import {printMetrics} from '../../src/agent/api/exposition.ts'
import {describeMetrics} from '../../src/agent/api/metrics.ts'
import {counted, openFigures, Timing} from '../../src/agent/report/figures.ts'
import {openStore} from '../../src/agent/state.ts'
import type {OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import {effectiveConfig} from '../../src/model/agent-config.ts'

test('names, labels and values as Prometheus reads them', () => {
  const text = printMetrics([
    {name: 'a_count', help: 'One\nline \\', type: 'gauge', samples: [{value: 2}]},
    {name: 'b', help: 'B', type: 'counter', samples: [{labels: {x: 'say "hi"\n\\', y: ''}, value: 0.5}]},
    {name: 'c', help: 'C', type: 'gauge', samples: []},
  ])
  expect(text).toBe(
    [
      String.raw`# HELP a_count One\nline \\`,
      '# TYPE a_count gauge',
      'a_count 2',
      '# HELP b B',
      '# TYPE b counter',
      String.raw`b{x="say \"hi\"\n\\",y=""} 0.5`,
      '',
    ].join('\n'),
  )
})

const working: Pick<OpenFlowConnection, 'bundle'> = {bundle: async () => undefined}
const broken: typeof working = {bundle: () => Promise.reject(new Error('no'))}

test('what upstream counts has its names', async () => {
  const figures = openFigures()
  const openflow = counted(working, figures)
  const flow = {table: 0, priority: 0, match: {}, actions: [], cookie: 0n}
  await openflow.bundle({add: [flow]})
  await openflow.bundle({add: [flow], remove: [flow]})
  const failing = counted(broken, figures)
  await expect(failing.bundle({remove: [flow]})).rejects.toThrow('no')

  const store = openStore()
  store.update({applied: {hash: 'x', ...effectiveConfig({text: 'trafficEncapMode: hybrid'})}})
  const tables = [{table: 0, flows: 3, lookups: 0n, matches: 0n}]
  const text = printMetrics(
    describeMetrics(store.now(), figures, {tables, conntrack: {total: 7, max: 100}, resident: 1024}),
  )
  for (const line of [
    'antrea_agent_local_pod_count 0',
    'antrea_agent_ovs_flow_count{table_id="0",table_name="PipelineRootClassifier"} 3',
    'antrea_agent_ovs_total_flow_count 3',
    'antrea_agent_ovs_flow_ops_count{operation="add"} 2',
    'antrea_agent_ovs_flow_ops_count{operation="modify"} 0',
    'antrea_agent_ovs_flow_ops_count{operation="delete"} 2',
    'antrea_agent_ovs_flow_ops_error_count{operation="add"} 0',
    'antrea_agent_ovs_flow_ops_error_count{operation="delete"} 1',
    'antrea_agent_ovs_flow_ops_latency_milliseconds_count{operation="add"} 2',
    'antrea_agent_conntrack_total_connection_count 7',
    'antrea_agent_conntrack_max_connection_count 100',
    'antctl_agent_info{version="0.1.0",mode="hybrid"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('what cannot be told is left out', () => {
  const text = printMetrics(describeMetrics(openStore().now(), openFigures(), {tables: [], resident: 1}))
  expect(text).not.toContain('conntrack')
  expect(text).not.toContain('antctl_agent_peer_count')
})

test('quantiles are those of the last ones', async () => {
  const timing = new Timing()
  expect(timing.quantile(0.5)).toBeNaN()
  for (let index = 0; index < 1_000; index += 1) await timing.take(async () => undefined)
  expect(timing.count).toBe(1_000)
  expect(timing.quantile(0.5)).toBeLessThanOrEqual(timing.quantile(0.99))
})
