import type {NodePort} from '../../model/agent-api.ts'
import type {OfNode} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetPorts extends ReadingCommand {
  static override summary =
    'The ports of br-int on every Node: Pods, the gateway, tunnels with their options, counters.'
  static override examples = [
    '<%= config.bin %> get ports',
    '<%= config.bin %> get ports --nodes n1 --watch',
    "<%= config.bin %> get ports -o jsonpath='{[?(@.error)].name}'",
  ]

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetPorts)
    const [{askPorts}, {rowsOfOwnAgents}, {portColumns}] = await Promise.all([
      import('../../cluster/own-answers.ts'),
      import('../../diagnostics/facts/own-agents.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<OfNode<NodePort>>(flags, async (look) => {
      const {roads} = look.session
      const missing = {
        what: 'the ports of their bridge, but for Pods (antctl get podinterface)',
        instead: 'kubectl -n kube-system exec POD -c antrea-ovs -- ovs-vsctl show',
      }
      const found = await rowsOfOwnAgents(look, missing, async (node) => askPorts(roads, node))
      return {...found, columns: portColumns, name: ({name}) => name}
    })
  }
}
