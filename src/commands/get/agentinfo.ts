import {Args, Flags} from '@oclif/core'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {KubeconfigChoice} from '../../cluster/kubeconfig.ts'
import {AntctlCommand} from '../base.ts'

export class GetAgentInfo extends AntctlCommand {
  static override summary = 'How every Node forwards: its mode, tunnel, transport address, Pods and health.'
  static override description =
    'One LIST of the AntreaAgentInfo objects, which agents renew every minute. With --live the agents themselves are asked.'
  static override examples = [
    '<%= config.bin %> get agentinfo',
    '<%= config.bin %> get agentinfo n1 n3 --live',
    '<%= config.bin %> get agentinfo n1 -o yaml',
  ]
  static override strict = false
  static override args = {nodes: Args.string({name: 'NODE', description: 'Nodes to show; all when none is named'})}
  static override flags = {live: Flags.boolean({summary: 'ask the agents instead of the API server'})}

  override async run(): Promise<void> {
    const {argv, flags} = await this.parse(GetAgentInfo)
    const signal = this.deadline(flags.timeout ?? 30)
    const nodes = argv.map(String)
    const infos = await this.within(signal, this.#gather(nodes, {...flags, signal}))
    const [{networkRemarks}, {agentLines}] = await Promise.all([
      import('../../diagnostics/paths/remarks.ts'),
      import('../../ui/agent-table.ts'),
    ])
    const value = nodes.length === 1 ? infos[0] : infos
    await this.show(value, flags.output, (view) => agentLines(infos, networkRemarks(infos), {now: new Date(), view}))
  }

  async #gather(nodes: readonly string[], wanted: Wanted): Promise<readonly AgentInfo[]> {
    if (!wanted.live) {
      const [{connect}, {agentsOf, listAgentInfos}] = await Promise.all([
        import('../../cluster/connect.ts'),
        import('../../cluster/agent-infos.ts'),
      ])
      await using cluster = await connect(wanted)
      return agentsOf(await listAgentInfos(cluster.api, {signal: wanted.signal}), nodes)
    }
    const [{openSession}, {liveAgentInfos}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/facts/live-agents.ts'),
    ])
    await using session = await openSession({...wanted, nodes})
    const {answers, failures} = await liveAgentInfos(session)
    this.tellOf(failures)
    return answers.map(({answer}) => answer)
  }
}

interface Wanted extends KubeconfigChoice {
  readonly live: boolean
  readonly signal: AbortSignal
}
