import {Flags} from '@oclif/core'
import {exitCodes} from '../model/errors.ts'
import {liveVerdicts} from '../model/live.ts'
import {type Trace, traceVerdicts} from '../model/trace.ts'
import type {KubeconfigChoice} from '../cluster/kubeconfig.ts'
import type {Cluster} from '../cluster/connect.ts'
import type {PodFinder, TraceWords} from '../diagnostics/trace/locate.ts'
import {printable} from '../ui/printable.ts'
import {askOne, canAsk} from './asking.ts'
import {AntctlCommand} from './base.ts'

export class TracePacket extends AntctlCommand {
  static override summary = 'Which way a packet goes, across Nodes and back, and which flow, rule and route say so.'
  static override description =
    'Every Node on the way traces the packet through its switch and asks its kernel: tables, connections, translated addresses, routes, ' +
    'neighbours. The verdict comes from these, never from the configured mode. Between two Nodes their gateways exchange a few pings the ' +
    'same way, which shows what routers and cables do (--quiet: nothing is sent). With --live such a packet is really sent from the Pod ' +
    'or Node and handed to whoever gets it, while the Nodes of its way listen: where it was seen stands beside what was predicted. A bare name is a Node, NS/NAME a Pod or else a Service, ' +
    'an address may be anybody, also outside the cluster. Exit status 1 when the packet does not arrive or is not answered.'
  static override examples = [
    '<%= config.bin %> trace-packet -S default/client -D default/server',
    '<%= config.bin %> trace-packet -S default/client -D default/service -f tcp,tcp_dst=80 --endpoints all',
    '<%= config.bin %> trace-packet -S n1 -D default/server',
    '<%= config.bin %> trace-packet --live -S default/client -D default/server -f udp,udp_dst=53',
    '<%= config.bin %> trace-packet -S 203.0.113.10 -D default/server -o json',
    '<%= config.bin %> trace-packet -p antrea-gw0 --node n2 -S 10.1.2.3 -D default/server -f udp,udp_dst=53',
  ]
  static override flags = {
    source: Flags.string({char: 'S', summary: 'who sends: a Pod, a Node, an address', helpValue: 'NS/POD|NODE|IP'}),
    destination: Flags.string({
      char: 'D',
      summary: 'who is to get it; antrea-gw0 is the gateway of the source',
      helpValue: 'NS/POD|NS/SERVICE|NODE|IP',
    }),
    port: Flags.string({char: 'p', summary: 'enter a bridge by this port', helpValue: 'PORT|NS/POD'}),
    node: Flags.string({
      summary: 'whose bridge has the port, or which Node something outside comes in by',
      helpValue: 'NODE',
    }),
    flow: Flags.string({char: 'f', summary: 'more of the packet, in the words of ovs-ofctl', helpValue: 'FLOW'}),
    addressFamily: Flags.option({
      char: 'F',
      summary: 'IPv4 or IPv6',
      options: ['4', '6'] as const,
      default: '4' as const,
    })(),
    endpoints: Flags.option({
      summary: 'of a Service, trace to its first endpoint or to all',
      options: ['first', 'all'] as const,
      default: 'first' as const,
    })(),
    quiet: Flags.boolean({summary: 'send nothing, not even pings between gateways'}),
    live: Flags.boolean({
      char: 'L',
      aliases: ['live-traffic'],
      summary: 'send such a packet as well, and show where it was really seen',
      exclusive: ['quiet', 'port'],
    }),
    all: Flags.boolean({summary: 'show every table with its flow, not only those that matter'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(TracePacket)
    const family = flags.addressFamily === '6' ? 6 : 4
    const asked = isNothing(flags) && canAsk() ? await this.#ask(flags) : {}
    const signal = this.deadline(flags.timeout ?? 30)
    const trace = await this.within(signal, this.#trace({...flags, ...asked, family, signal}))
    const [{traceLines}, {tables}] = await Promise.all([
      import('../ui/trace-view.ts'),
      import('../diagnostics/flows/tables.ts'),
    ])
    const asks = (name: string) => tables.find((table) => table.name === name)?.asks
    await this.show(trace, flags.output, (view) => traceLines(trace, {...view, asks, every: flags.all}))
    const isLost = trace.live !== undefined && !liveVerdicts[trace.live.verdict].arrives
    if (isLost || traceVerdicts[trace.verdict].arrives !== true) process.exitCode = exitCodes.failed
  }

  /** For people without flags: both ends are chosen, then what would have said so is told. */
  async #ask(choice: KubeconfigChoice): Promise<{readonly source: string; readonly destination: string}> {
    const [{openSession}, {listWorkloadPods}, {nodeOf}] = await Promise.all([
      import('../cluster/session.ts'),
      import('../cluster/workloads.ts'),
      import('../cluster/agent-infos.ts'),
    ])
    const {context, kubeconfig, server} = choice
    const signal = AbortSignal.timeout(askPatience)
    await using session = await openSession({context, kubeconfig, server, signal})
    const pods = await listWorkloadPods(session.cluster.api, {signal})
    const names = [...pods.map(({namespace, name}) => `${namespace}/${name}`), ...session.infos.map(nodeOf)]
    const source = await askOne('Who sends? A Pod, a Node, an address: some letters of it.', names)
    const destination = await askOne('Who is to get it?', names)
    this.progress(printable(`antctl trace-packet -S ${source} -D ${destination}`))
    return {source, destination}
  }

  async #trace(wanted: Wanted): Promise<Trace> {
    const [{openSession}, {liveTraceSources}, {checkWords, findAhead, locate, podFinder}, {askAhead}, {tracePacket}] =
      await Promise.all([
        import('../cluster/session.ts'),
        import('../diagnostics/facts/trace-sources.ts'),
        import('../diagnostics/trace/locate.ts'),
        import('../diagnostics/trace/ask-ahead.ts'),
        import('../diagnostics/trace/trace-packet.ts'),
      ])
    const {context, kubeconfig, server, signal, quiet} = wanted
    const words = {...wanted, namespace: ''}
    checkWords(words)
    const known: {pods?: PodFinder} = {}
    const meanwhile = ({api}: Cluster) => {
      known.pods = podFinder(api, signal)
      findAhead(words, known.pods)
    }
    await using session = await openSession({context, kubeconfig, server, signal, onRoad: this.tell(wanted), meanwhile})
    const {cluster, infos, roads} = session
    const {api, namespace} = cluster
    const sources = liveTraceSources(roads, infos, {quiet})
    const pods = known.pods ?? podFinder(api, signal)
    const request = await locate({words: {...words, namespace}, api, pods, sources, signal})
    askAhead(request, sources)
    this.progress(`tracing from ${request.source.node ?? 'outside'}`)
    const trace = await tracePacket(request, sources)
    if (!wanted.live) return trace
    const {sendLive} = await import('../diagnostics/live/send.ts')
    this.progress(`sending a packet, and listening for ${patience / 1000} s`)
    return {...trace, live: await sendLive({session, trace, signal, patience})}
  }
}

/** Milliseconds to find out who may be chosen. */
const askPatience = 30_000

/** Milliseconds in which a packet that is sent by --live crosses a cluster, and is answered. */
const patience = 2_000

function isNothing({source, destination, port, flow}: Partial<TraceWords>): boolean {
  return [source, destination, port, flow].every((word) => word === undefined)
}

interface Wanted extends KubeconfigChoice, Omit<TraceWords, 'namespace'> {
  readonly quiet: boolean
  readonly live: boolean
  readonly verbose: boolean
  readonly signal: AbortSignal
}
