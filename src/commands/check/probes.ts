import {Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../../model/errors.ts'
import {isProbeForm, type ProbeForm, probeFormNames} from '../../model/probe.ts'
import {AntctlCommand, listOf} from '../base.ts'

export class CheckProbes extends AntctlCommand {
  static override summary = 'Have the agents probe each other: loss, longest gap, round trip and MTU of each pair.'
  static override description =
    'The agents send numbered packets from a network namespace that is wired like a Pod: as Pods do now (live), and in the ' +
    'forms that another mode would take (routed, tunnelled), without touching what Pods send. No Pod is started. Exit status 1 ' +
    'when a pair lost packets or an agent took no part. Needs the right to create and delete probesessions.antctl.internal.'
  static override examples = [
    '<%= config.bin %> check probes',
    '<%= config.bin %> check probes --nodes n1,n3 --forms live,routed,tunnelled',
    '<%= config.bin %> check probes --seconds 10 -o json',
  ]
  static override flags = {
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE,…', multiple: true}),
    forms: Flags.string({
      summary: `how the packets go: ${probeFormNames.join(', ')}`,
      helpValue: 'FORM,…',
      multiple: true,
      default: ['live'],
    }),
    seconds: Flags.integer({summary: 'how long to send', helpValue: 'SECONDS', min: 1, max: 60, default: 3}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(CheckProbes)
    const signal = this.deadline(flags.timeout ?? 180)
    const forms = listOf(flags.forms).map(parseForm)
    const [{openSession}, {probePairs}, {networkRemarks}, {probeLines}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/probes/run.ts'),
      import('../../diagnostics/paths/remarks.ts'),
      import('../../ui/probe-view.ts'),
    ])
    await using session = await openSession({...flags, nodes: listOf(flags.nodes), signal})
    const wish = {nodes: session.roads.nodes, forms, seconds: flags.seconds}
    const found = await probePairs(session.cluster.api, wish, {signal, onProgress: (text) => this.progress(text)})
    const report = {...found, remarks: networkRemarks(session.infos)}
    await this.show(report, flags.output, (view) => probeLines(report, view))
    if (report.silent.length > 0 || report.results.some(({lost}) => lost > 0)) process.exitCode = exitCodes.failed
  }
}

function parseForm(name: string): ProbeForm {
  if (isProbeForm(name)) return name
  throw new AntctlError('USAGE', `${JSON.stringify(name)} is no form of probes`, {
    remedy: [`use ${probeFormNames.join(', ')}`],
  })
}
