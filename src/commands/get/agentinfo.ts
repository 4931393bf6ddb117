import {Args, Flags} from '@oclif/core'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {Session} from '../../cluster/session.ts'
import type {NodeFailure} from '../../ui/listing.ts'
import {listOf} from '../base.ts'
import {ReadingCommand} from '../reading.ts'

export class GetAgentInfo extends ReadingCommand {
  static override summary = 'How every Node forwards: its mode, tunnel, transport address, Pods and health.'
  static override description =
    'One LIST of the AntreaAgentInfo objects, which agents renew every minute. With --live the agents themselves are asked.'
  static override examples = [
    '<%= config.bin %> get agentinfo',
    '<%= config.bin %> get agentinfo n1 n3 --live',
    '<%= config.bin %> get agentinfo n1 -o yaml',
    '<%= config.bin %> get agentinfo -o jsonpath=\'{range [*]}{.metadata.name} {.networkInfo.trafficEncapMode}{"\\n"}{end}\'',
  ]
  static override strict = false
  static override args = {
    nodes: Args.string({ignoreStdin: true, name: 'NODE', description: 'Nodes to show; all when none is named'}),
  }
  static override flags = {live: Flags.boolean({summary: 'ask the agents instead of the API server'})}

  override async run(): Promise<void> {
    const {argv, flags} = await this.parse(GetAgentInfo)
    const named = argv.map(String)
    const [{networkRemarks}, {agentColumns}, {remarkLines}] = await Promise.all([
      import('../../diagnostics/paths/remarks.ts'),
      import('../../ui/agent-table.ts'),
      import('../../ui/remark-view.ts'),
    ])
    await this.read<AgentInfo>({...flags, nodes: [...named, ...listOf(flags.nodes)]}, async ({session}) => {
      const {rows, failures} = flags.live ? await live(session) : {rows: session.infos, failures: []}
      return {
        rows,
        failures,
        columns: agentColumns(new Date()),
        name: ({metadata}) => `antreaagentinfo.crd.antrea.io/${metadata.name}`,
        single: named.length === 1,
        notes: (view) => remarkLines(networkRemarks(rows), view),
      }
    })
  }
}

async function live(
  session: Session,
): Promise<{readonly rows: readonly AgentInfo[]; readonly failures: readonly NodeFailure[]}> {
  const {liveAgentInfos} = await import('../../diagnostics/facts/live-agents.ts')
  const {answers, failures} = await liveAgentInfos(session)
  return {rows: answers.map(({answer}) => answer), failures}
}
