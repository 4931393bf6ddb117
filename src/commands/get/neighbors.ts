import {Flags} from '@oclif/core'
import type {NeighborRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetNeighbors extends ReadingCommand {
  static override summary = 'The MAC addresses that each Node knows of its neighbours, and how sure it is.'
  static override aliases = ['get:neighbours']
  static override examples = [
    '<%= config.bin %> get neighbors',
    '<%= config.bin %> get neighbors --nodes n1 --sort-by state',
  ]
  static override flags = {all: Flags.boolean({summary: 'also what needs no asking: loopback and multicast'})}

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetNeighbors)
    const [{askNeighbors}, {rowsOfOwnAgents}, {destinations}, {neighborColumns}] = await Promise.all([
      import('../../cluster/own-answers.ts'),
      import('../../diagnostics/facts/own-agents.ts'),
      import('../../diagnostics/facts/destinations.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<NeighborRow>(flags, async (look) => {
      const {everyone, roads} = look.session
      const missing = {
        what: 'their neighbours',
        instead: 'kubectl -n kube-system exec POD -c antrea-agent -- ip neigh',
      }
      const {nodeOfAddress} = destinations(everyone)
      const found = await rowsOfOwnAgents(look, missing, async (node) =>
        (await askNeighbors(roads, node))
          .filter(({state}) => flags.all || state !== 'noarp')
          .map((neighbor) => ({...neighbor, ...nodeOfAddress(neighbor.ip)})),
      )
      return {...found, columns: neighborColumns, name: ({ip}) => ip}
    })
  }
}
