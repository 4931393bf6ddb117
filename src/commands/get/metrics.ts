import {Args} from '@oclif/core'
import type {MetricRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetMetrics extends ReadingCommand {
  static override summary = 'What the agents count, as Prometheus reads it, of all Nodes side by side.'
  static override examples = [
    '<%= config.bin %> get metrics',
    '<%= config.bin %> get metrics antrea_agent_local_pod_count',
    '<%= config.bin %> get metrics ovs_flow --nodes n1 --watch',
  ]
  static override args = {name: Args.string({ignoreStdin: true, description: 'only metrics whose name has this in it'})}

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(GetMetrics)
    const [{rowsOfEachNode}, {parseMetrics}, {metricColumns}] = await Promise.all([
      import('../../diagnostics/facts/each-node.ts'),
      import('../../diagnostics/facts/metrics.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<MetricRow>(flags, async (look) => {
      const {roads} = look.session
      const found = await rowsOfEachNode(look, async (node) =>
        parseMetrics(await roads.askText(node, '/metrics')).filter(({metric}) => metric.includes(args.name ?? '')),
      )
      return {...found, columns: metricColumns, name: ({metric}) => metric}
    })
  }
}
