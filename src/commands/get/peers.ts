import type {PeerRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetPeers extends ReadingCommand {
  static override summary = 'Which Nodes does each Node forward to, by which address, and how is it meant to?'
  static override description =
    "Our agents tell the way that their mode means for each peer. Upstream's tell whom their gossip sees (memberlist)."
  static override aliases = ['get:memberlist', 'get:ml']
  static override examples = ['<%= config.bin %> get peers', '<%= config.bin %> get peers --nodes n1 --sort-by way']

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetPeers)
    const [{askMemberList}, {askPeers}, {isOurAgent, nodeOf}, {rowsOfEachNode}, {peerColumns}] = await Promise.all([
      import('../../cluster/agent-answers.ts'),
      import('../../cluster/own-answers.ts'),
      import('../../cluster/agent-infos.ts'),
      import('../../diagnostics/facts/each-node.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<PeerRow>(flags, async (look) => {
      const {infos, roads} = look.session
      const own = new Set(infos.filter(isOurAgent).map(nodeOf))
      const found = await rowsOfEachNode(look, async (node): Promise<readonly Omit<PeerRow, 'node'>[]> => {
        if (own.has(node)) return (await askPeers(roads, node)).map(({name: peer, ...rest}) => ({peer, ...rest}))
        const members = await askMemberList(roads, node)
        return members.map(({nodeName: peer, ip: transportIp, status}) => ({peer, transportIp, status}))
      })
      return {...found, columns: peerColumns, name: ({peer}) => `node/${peer}`}
    })
  }
}
