import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import {AntctlError, exitCodes, sentenceOf} from '../model/errors.ts'
import type {CaptureReport} from '../model/capture/report.ts'
import {captureLimits} from '../model/capture/wish.ts'
import {type OutputFormat, outputFormats, parseOutput} from '../ui/output.ts'
import {AntctlCommand} from './base.ts'

/** Seconds, as upstream's. */
const patience = 60

export class PacketCapture extends AntctlCommand {
  static override aliases = ['pc']
  static override summary = 'Real packets between two ends, from every place where they pass, in one pcapng file.'
  static override description =
    "The Nodes of both ends listen at once: at the Pods' ports of the bridge, at antrea-gw0 and at the NIC towards the other Nodes, where " +
    "a tunnel's packets are judged by what is inside. The file has an interface for each place, named NODE/DEVICE, and a comment with each " +
    'packet. Packets are those of -S and -D; -f narrows them by protocol and port. It takes the role antctl-capturer.'
  static override examples = [
    '<%= config.bin %> packetcapture -S default/client -D default/server -n 10',
    '<%= config.bin %> packetcapture -S default/client -D default/service -f tcp,tcp_dst=80 -d Both -o /tmp',
    '<%= config.bin %> packetcapture -S 203.0.113.10 -D default/server --timeout 5m',
  ]
  static override baseFlags = {
    ...AntctlCommand.baseFlags,
    // -o is upstream's --output-dir.
    output: Flags.custom<OutputFormat>({
      summary: 'how to write what was captured where',
      helpValue: outputFormats,
      default: 'table',
      helpGroup: 'GLOBAL',
      parse: async (text) => parseOutput(text),
    })(),
  }
  static override flags = {
    source: Flags.string({
      char: 'S',
      summary: 'who sends: a Pod, a Node, an address',
      helpValue: 'NS/POD|NODE|IP',
      required: true,
    }),
    destination: Flags.string({
      char: 'D',
      summary: 'who is to get it',
      helpValue: 'NS/POD|NS/SERVICE|NODE|IP',
      required: true,
    }),
    flow: Flags.string({char: 'f', summary: 'protocol and port, in the words of ovs-ofctl', helpValue: 'FLOW'}),
    number: Flags.integer({
      char: 'n',
      summary: 'end when one end has seen so many',
      min: 1,
      max: captureLimits.number,
      default: 1,
    }),
    'capture-point': Flags.option({
      char: 'p',
      summary: 'which end listens',
      options: ['Source', 'Destination', 'Both'] as const,
      default: 'Both' as const,
    })(),
    direction: Flags.option({
      char: 'd',
      summary: 'which packets',
      options: ['SourceToDestination', 'DestinationToSource', 'Both'] as const,
      default: 'SourceToDestination' as const,
    })(),
    snaplen: Flags.integer({
      summary: 'bytes kept of each packet',
      min: 64,
      max: captureLimits.snapLength,
      default: captureLimits.snapLength,
    }),
    'output-dir': Flags.string({char: 'o', summary: 'folder of the file', helpValue: 'FOLDER', default: '.'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(PacketCapture)
    const seconds = Math.ceil(flags.timeout ?? patience)
    if (seconds > captureLimits.seconds)
      throw new AntctlError('USAGE', `--timeout: a capture lasts ${captureLimits.seconds} s at most`)
    // The agents end by themselves; this is for those that do not.
    const signal = this.deadline(seconds + 15)
    const [{openSession}, {checkWords, locate, podFinder}, {underlayOf}, {askPodInterfaces}] = await Promise.all([
      import('../cluster/session.ts'),
      import('../diagnostics/trace/locate.ts'),
      import('../diagnostics/paths/underlay.ts'),
      import('../cluster/agent-answers.ts'),
    ])
    const [{captureWishes}, {gatherPackets, interfacesOf, pcapngOf}, {captureLines}] = await Promise.all([
      import('../diagnostics/capture/wishes.ts'),
      import('../diagnostics/capture/gather.ts'),
      import('../ui/capture-view.ts'),
    ])
    const words = {...flags, family: 4 as const, endpoints: 'all' as const, namespace: ''}
    checkWords(words)
    await using session = await this.within(signal, openSession({...flags, signal, onRoad: this.tell(flags)}))
    const {cluster, infos, roads} = session
    const sources = {underlay: underlayOf(infos), podInterfaces: (node: string) => askPodInterfaces(roads, node)}
    const named = {...words, namespace: cluster.namespace}
    const request = await locate({
      words: named,
      api: cluster.api,
      pods: podFinder(cluster.api, signal),
      sources,
      signal,
    })
    const wishes = captureWishes(
      request,
      {
        points: flags['capture-point'],
        direction: flags.direction,
        number: flags.number,
        seconds,
        snapLength: flags.snaplen,
      },
      infos,
    )
    const onListening = () =>
      this.progress(`${wishes.map(({node}) => node).join(' and ')} listening, ${seconds} s at most`)
    const caught = await this.within(signal, gatherPackets({roads, wishes, signal, onListening}))
    const file = join(flags['output-dir'], fileName(flags))
    await save(file, pcapngOf(caught))
    const interfaces = interfacesOf(caught)
    const packets = interfaces.reduce((sum, one) => sum + one.packets, 0)
    const report: CaptureReport = {file, packets, interfaces, failures: caught.failures, complete: caught.complete}
    await this.show(report, flags.output, (view) => captureLines(report, view))
    if (caught.failures.length > 0) process.exitCode = exitCodes.partial
    else if (!caught.complete) process.exitCode = exitCodes.timeout
  }
}

/** What was typed, with nothing in it that means anything to a file system. */
function fileName({source, destination}: {readonly source: string; readonly destination: string}): string {
  const plain = (text: string) => text.replaceAll(/[^\w-]+/gu, '-').slice(0, 60)
  return `${plain(source)}_${plain(destination)}_${new Date().toISOString().replaceAll(/[:.]/gu, '-')}.pcapng`
}

/** For nobody else's eyes. */
async function save(file: string, content: Buffer): Promise<void> {
  try {
    await writeFile(file, content, {mode: 0o600, flag: 'wx'})
  } catch (cause) {
    throw new AntctlError('FILE', `${file} cannot be written: ${sentenceOf(cause)}`, {
      remedy: ['choose another folder with --output-dir'],
      cause,
    })
  }
}
