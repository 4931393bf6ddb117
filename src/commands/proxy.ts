import {Flags} from '@oclif/core'
import {AntctlError} from '../model/errors.ts'
import {AntctlCommand} from './base.ts'

export class Proxy extends AntctlCommand {
  static override summary =
    "Give this machine's programs the API of one agent, over the API server: curl, a browser, Prometheus."
  static override description =
    'Listens on a loopback address until Ctrl-C. Who reaches the port reads with the rights of the ServiceAccount antctl; nothing can be changed by it.'
  static override examples = [
    '<%= config.bin %> proxy --agent-node n1',
    '<%= config.bin %> proxy --agent-node n1 --port 0',
    '<%= config.bin %> proxy --agent-node n1 --unix-socket /run/user/1000/n1.sock',
  ]
  static override flags = {
    'agent-node': Flags.string({summary: 'the Node whose agent answers', helpValue: 'NODE'}),
    controller: Flags.boolean({summary: 'the controller; not there yet'}),
    port: Flags.integer({char: 'p', summary: 'port to listen on; 0: any', min: 0, max: 65_535, default: 8001}),
    address: Flags.string({summary: 'loopback address to listen on', helpValue: 'IP', default: '127.0.0.1'}),
    'unix-socket': Flags.string({char: 'u', summary: 'listen on this socket, not on a port', helpValue: 'FILE'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(Proxy)
    const node = flags['agent-node']
    if (flags.controller) {
      throw new AntctlError('NOT_AVAILABLE', 'there is no controller yet that could be asked', {
        remedy: ['antctl proxy --agent-node NODE'],
      })
    }
    if (node === undefined) {
      throw new AntctlError('USAGE', 'which agent is to answer?', {remedy: ['antctl proxy --agent-node NODE']})
    }
    const signal = this.deadline(flags.timeout)
    const [{openLastingSession}, {openLocalProxy}] = await Promise.all([
      import('../cluster/session.ts'),
      import('../cluster/local-proxy.ts'),
    ])
    await using lasting = await openLastingSession({...flags, nodes: [node], signal, onRoad: this.tell(flags)})
    await this.within(signal, lasting.now())
    const place =
      flags['unix-socket'] === undefined ? {host: flags.address, port: flags.port} : {path: flags['unix-socket']}
    // Each time the agents as they are now: after a restart an agent has another Pod or authority.
    const fetch = async (path: string) => (await lasting.now()).roads.fetch(node, path)
    const {server, address} = await openLocalProxy({listen: place}, fetch)
    await this.write(process.stdout, `Serving the agent of ${node} on ${address}\n`)
    try {
      await this.within(signal, new Promise<never>(() => undefined))
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }
}
