import {version} from '../model/version.ts'
import type {KubeconfigChoice} from '../cluster/kubeconfig.ts'
import {printable} from '../ui/printable.ts'
import {AntctlCommand} from './base.ts'

export class Version extends AntctlCommand {
  static override summary = 'The version of antctl, and of the agents when a cluster can be reached.'
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version -o json']

  override async run(): Promise<void> {
    const {flags} = await this.parse(Version)
    const signal = this.deadline(flags.timeout ?? 5)
    const agents = await this.within(signal, agentVersions({...flags, signal})).catch(() => undefined)
    const value = {
      antctlVersion: version,
      nodeVersion: process.versions.node,
      ...(agents !== undefined && {agentVersions: agents}),
    }
    await this.show(value, flags.output, () => [
      `antctl ${version}`,
      ...Object.entries(agents ?? {}).map(([agent, nodes]) => printable(`agent ${agent} on ${nodes.join(', ')}`)),
    ])
  }
}

/** Agent version → the Nodes that run it. */
async function agentVersions(
  wanted: KubeconfigChoice & {readonly signal: AbortSignal},
): Promise<Readonly<Record<string, readonly string[]>>> {
  const [{connect}, {listAgentInfos, nodeOf}] = await Promise.all([
    import('../cluster/connect.ts'),
    import('../cluster/agent-infos.ts'),
  ])
  await using cluster = await connect(wanted)
  const infos = await listAgentInfos(cluster.api, {signal: wanted.signal, timeout: 3_000})
  const grouped = Map.groupBy(infos, (info) => info.version || 'unknown')
  return Object.fromEntries([...grouped].map(([agent, members]) => [agent, members.map(nodeOf)]))
}
