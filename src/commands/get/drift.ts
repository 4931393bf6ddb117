import type {Deviation} from '../../model/agent-api.ts'
import type {OfNode} from '../../ui/node-tables.ts'
import type {View} from '../../ui/view.ts'
import {ReadingCommand} from '../reading.ts'

export class GetDrift extends ReadingCommand {
  static override summary = 'What a Node holds other than it must: flows, routes, rules, settings, and for whom.'
  static override description =
    'Each agent compares its switch and its kernel with what is wanted, now. It repairs by itself within a second or a ' +
    'minute: what stays here is contested by somebody else.'
  static override examples = ['<%= config.bin %> get drift', '<%= config.bin %> get drift --watch --nodes n2']

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetDrift)
    const [{askDrift}, {rowsOfOwnAgents}, {deviationColumns}] = await Promise.all([
      import('../../cluster/own-answers.ts'),
      import('../../diagnostics/facts/own-agents.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<OfNode<Deviation>>(flags, async (look) => {
      const {roads} = look.session
      const missing = {
        what: 'what they want of their switch',
        instead: 'antctl get ovsflows --nodes NODE shows what is there',
      }
      const found = await rowsOfOwnAgents(look, missing, async (node) => (await askDrift(roads, node)).deviations)
      const well = roads.nodes.length - found.failures.length
      const clean = well === 1 ? 'All is as it must be.' : `All is as it must be on ${well} Nodes.`
      return {
        ...found,
        columns: deviationColumns,
        ...(found.rows.length === 0 && {lines: (_rows: unknown, {theme}: View) => [theme.good(clean)]}),
      }
    })
  }
}
