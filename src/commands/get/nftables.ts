import type {NodeNftables} from '../../model/agent-api.ts'
import type {NftRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetNftables extends ReadingCommand {
  static override summary = 'What the nftables tables of antctl hold on each Node, and which other tables are there.'
  static override examples = ['<%= config.bin %> get nftables', '<%= config.bin %> get nftables --nodes n1 -o json']

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetNftables)
    const [{askNftables}, {rowsOfOwnAgents}, {nftColumns}] = await Promise.all([
      import('../../cluster/own-answers.ts'),
      import('../../diagnostics/facts/own-agents.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<NftRow>(flags, async (look) => {
      const {roads} = look.session
      const missing = {
        what: 'their rules',
        instead: 'kubectl -n kube-system exec POD -c antrea-agent -- nft list ruleset',
      }
      const found = await rowsOfOwnAgents(look, missing, async (node) => rowsOf(await askNftables(roads, node)))
      return {...found, columns: nftColumns}
    })
  }
}

function rowsOf({rules, podCidrs, guards, strayGuards, others}: NodeNftables): readonly Omit<NftRow, 'node'>[] {
  const kinds = {rule: rules, podCIDR: podCidrs, guard: guards, 'stray guard': strayGuards, other: others}
  return Object.entries(kinds).flatMap(([kind, texts]) => texts.map((what) => ({kind, what})))
}
