import {Flags} from '@oclif/core'
import {exitCodes} from '../model/errors.ts'
import type {Trace} from '../model/trace.ts'
import type {KubeconfigChoice} from '../cluster/kubeconfig.ts'
import {AntctlCommand} from './base.ts'

export class TracePacket extends AntctlCommand {
  static override summary = 'Which way a packet goes between two Pods, across Nodes, and which flow and route say so.'
  static override description =
    'The agent of the source Node traces the packet through its switch; where it leaves for another Node, that Node goes on. ' +
    'The verdict comes from flows and kernel routes, never from the configured mode. Nothing is sent. ' +
    'Exit status 1 when the packet does not arrive.'
  static override examples = [
    '<%= config.bin %> trace-packet -S default/client -D default/server',
    '<%= config.bin %> trace-packet -S default/client -D 203.0.113.10 -f tcp,tcp_dst=80',
    '<%= config.bin %> trace-packet -S default/client -D default/server -o json',
  ]
  static override flags = {
    source: Flags.string({char: 'S', summary: 'the Pod that sends', helpValue: 'NS/POD', required: true}),
    destination: Flags.string({char: 'D', summary: 'a Pod or an address', helpValue: 'NS/POD|IP', required: true}),
    flow: Flags.string({char: 'f', summary: 'more of the packet, in the words of ovs-ofctl', helpValue: 'FLOW'}),
    all: Flags.boolean({summary: 'show every table with its flow, not only those that matter'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(TracePacket)
    const signal = this.deadline(flags.timeout ?? 30)
    const trace = await this.within(signal, this.#trace({...flags, signal}))
    const [{traceLines}, {tables}] = await Promise.all([
      import('../ui/trace-view.ts'),
      import('../diagnostics/flows/tables.ts'),
    ])
    const asks = (name: string) => tables.find((table) => table.name === name)?.asks
    await this.show(trace, flags.output, (view) => traceLines(trace, {...view, asks, every: flags.all}))
    if (['dropped', 'broken', 'unknown'].includes(trace.verdict)) process.exitCode = exitCodes.failed
  }

  async #trace(wanted: Wanted): Promise<Trace> {
    const [{openSession}, {liveTraceSources}, {locate}, {followPacket}] = await Promise.all([
      import('../cluster/session.ts'),
      import('../diagnostics/facts/trace-sources.ts'),
      import('../diagnostics/trace/locate.ts'),
      import('../diagnostics/trace/follow.ts'),
    ])
    await using session = await openSession(wanted)
    const {cluster, infos, roads} = session
    const sources = liveTraceSources(roads, infos)
    const request = await locate(
      {...wanted, namespace: cluster.namespace},
      cluster.api,
      sources.underlay,
      wanted.signal,
    )
    this.progress(`tracing from ${request.source.node}`)
    return await followPacket(request, sources)
  }
}

interface Wanted extends KubeconfigChoice {
  readonly source: string
  readonly destination: string
  readonly flow: string | undefined
  readonly signal: AbortSignal
}
