import {Flags} from '@oclif/core'
import type {RouteRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetRoutes extends ReadingCommand {
  static override summary =
    'The routes of every Node, of the main table and those of the peers, and which Node each leads to.'
  static override examples = [
    '<%= config.bin %> get routes',
    '<%= config.bin %> get routes --pods',
    '<%= config.bin %> get routes --nodes n1 -o wide',
  ]
  static override flags = {pods: Flags.boolean({summary: 'only routes to the Pods of other Nodes'})}

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetRoutes)
    const [{gatherRoutes}, {routeColumns}] = await Promise.all([
      import('../../diagnostics/facts/routes.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<RouteRow>(flags, async (look) => {
      const {rows, failures} = await gatherRoutes(look)
      const wanted = rows.filter((row) => !flags.pods || (row.for !== undefined && row.for !== row.node))
      return {rows: wanted, failures, columns: routeColumns, name: ({to}) => to}
    })
  }
}
