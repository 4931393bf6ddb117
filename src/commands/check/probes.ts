import {Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../../model/errors.ts'
import {isProbeForm, type ProbeForm, probeFormNames} from '../../model/probe.ts'
import type {KubeconfigChoice} from '../../cluster/kubeconfig.ts'
import {isTable, type OutputFormat} from '../../ui/output.ts'
import {printable} from '../../ui/printable.ts'
import {requireProbing} from '../../diagnostics/facts/own-agents.ts'
import {AntctlCommand, listOf} from '../base.ts'

export class CheckProbes extends AntctlCommand {
  static override summary = 'Have the agents probe each other: loss, longest gap, round trip and MTU of each pair.'
  static override description =
    'The agents send numbered packets from a network namespace that is wired like a Pod: as Pods do now (live), and in the ' +
    'forms that another mode would take (routed, tunnelled), without touching what Pods send. No Pod is started. Exit status 1 ' +
    'when a pair lost packets or an agent took no part. With --steady a line a second, and in json an object a line, until Ctrl-C ' +
    'or --timeout. Needs the rights of the ClusterRole antctl-operator on probesessions.antctl.internal.'
  static override examples = [
    '<%= config.bin %> check probes',
    '<%= config.bin %> check probes --nodes n1,n3 --forms live,routed,tunnelled',
    '<%= config.bin %> check probes --seconds 10 -o json',
    '<%= config.bin %> check probes --steady',
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
    steady: Flags.boolean({
      summary: 'go on until Ctrl-C, live only, and tell what was lost meanwhile',
      exclusive: ['seconds', 'forms'],
    }),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(CheckProbes)
    if (flags.steady) return this.#watch(flags)
    const signal = this.deadline(flags.timeout ?? 180)
    const forms = listOf(flags.forms).map(parseForm)
    const [{openSession}, {probePairs}, {networkRemarks}, {probeLines}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/probes/run.ts'),
      import('../../diagnostics/paths/remarks.ts'),
      import('../../ui/probe-view.ts'),
    ])
    await using session = await openSession({...flags, nodes: listOf(flags.nodes), signal})
    requireProbing(session.infos)
    const wish = {nodes: session.roads.nodes, forms, seconds: flags.seconds}
    const found = await probePairs(session.cluster.api, wish, {signal, onProgress: (text) => this.progress(text)})
    const report = {...found, remarks: networkRemarks(session.infos)}
    await this.show(report, flags.output, (view) => probeLines(report, view))
    if (report.silent.length > 0 || report.results.some(({lost}) => lost > 0)) process.exitCode = exitCodes.failed
  }

  /** Ctrl-C and --timeout are how it ends: no error. */
  async #watch({output, nodes, timeout, ...choice}: WatchFlags): Promise<void> {
    const signal = this.deadline(timeout)
    const [{openSession}, {startSteadyProbe, windowsOf}, {steadyHeading, windowLine}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/probes/steady.ts'),
      import('../../ui/steady-view.ts'),
    ])
    await using session = await openSession({...choice, nodes: listOf(nodes), signal})
    requireProbing(session.infos)
    await using probe = await startSteadyProbe(session.cluster.api, {nodes: session.roads.nodes, signal})
    let said: number | undefined
    for await (const {pairs: _pairs, ...window} of windowsOf(probe, signal, (error) =>
      this.note(`warning: ${printable(error.message)}`),
    )) {
      // Other sessions come and go, and with them what is left for this one.
      if (isTable(output) && window.resolution !== said) {
        await this.write(process.stdout, `${steadyHeading(probe, window, this.view(process.stdout))}\n`)
      }
      said = window.resolution
      if (window.lost > 0 || window.silent.length > 0) process.exitCode = exitCodes.failed
      await this.showOne(window, output, (view) => windowLine(window, view))
    }
  }
}

interface WatchFlags extends KubeconfigChoice {
  readonly output: OutputFormat
  readonly nodes?: readonly string[] | undefined
  readonly timeout?: number | undefined
}

function parseForm(name: string): ProbeForm {
  if (isProbeForm(name)) return name
  throw new AntctlError('USAGE', `${JSON.stringify(name)} is no form of probes`, {
    remedy: [`use ${probeFormNames.join(', ')}`],
  })
}
