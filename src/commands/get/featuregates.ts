import type {GateRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetFeatureGates extends ReadingCommand {
  static override summary = 'Which features do the agents run? Nodes that say the same share a row.'
  static override examples = ['<%= config.bin %> get featuregates', '<%= config.bin %> get featuregates -o json']

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetFeatureGates)
    const [{askFeatureGates}, {fromEachNode}, {groupAlike}, {gateColumns}] = await Promise.all([
      import('../../cluster/agent-answers.ts'),
      import('../../diagnostics/facts/each-node.ts'),
      import('../../diagnostics/facts/alike.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<GateRow>(flags, async ({session: {roads}, signal}) => {
      const {answers, failures} = await fromEachNode(roads.nodes, (node) => askFeatureGates(roads, node), signal)
      return {rows: groupAlike(answers), failures, columns: gateColumns, name: ({name}) => name}
    })
  }
}
