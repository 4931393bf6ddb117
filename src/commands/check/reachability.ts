import {Flags} from '@oclif/core'
import {exitCodes} from '../../model/errors.ts'
import type {KubeconfigChoice} from '../../cluster/kubeconfig.ts'
import type {Remark} from '../../diagnostics/paths/remarks.ts'
import type {PairResult} from '../../diagnostics/reachability/judge.ts'
import {AntctlCommand, listOf} from '../base.ts'
import {save} from '../save.ts'

export class CheckReachability extends AntctlCommand {
  static override summary = 'Do Pods of every Node reach those of every other, and by which flow and route?'
  static override description =
    'Of every ordered pair the flow and the kernel route that decide are read, and the gateway of the one Node pings that of the other ' +
    '(the first address of its podCIDR) with small and full packets. Then a short-lived Pod on each Node (namespace antctl-check-…, deleted ' +
    'at the end) tries TCP and UDP; --no-pods leaves that out, and the right to create namespaces, Pods and exec is not needed. Exit status 1 ' +
    'when a pair fails.'
  static override examples = [
    '<%= config.bin %> check reachability',
    '<%= config.bin %> check reachability --nodes n1,n3',
    '<%= config.bin %> check reachability --no-pods',
    '<%= config.bin %> check reachability --junit reachability.xml -o json',
  ]
  static override flags = {
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE,…', multiple: true}),
    image: Flags.string({
      summary: 'image of the probe Pods, with toolbox in it',
      helpValue: 'IMAGE',
      default: 'localhost/antctl/toolbox:0.1.0',
    }),
    pods: Flags.boolean({summary: 'try TCP and UDP between Pods as well', default: true, allowNo: true}),
    junit: Flags.string({summary: 'write the result as JUnit XML as well', helpValue: 'FILE'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(CheckReachability)
    const signal = this.deadline(flags.timeout ?? 180)
    const {pairs, remarks} = await this.#check({
      ...flags,
      image: flags.pods ? flags.image : undefined,
      nodes: listOf(flags.nodes),
      signal,
    })
    const {reachabilityJunit, reachabilityLines} = await import('../../ui/reachability-view.ts')
    if (flags.junit !== undefined) await save(flags.junit, reachabilityJunit(pairs))
    await this.show(pairs, flags.output, (view) => reachabilityLines(pairs, remarks, view))
    if (pairs.some(({ok}) => !ok)) process.exitCode = exitCodes.failed
  }

  /** Never cut short: what was put on the cluster is taken away again, Ctrl-C or not. */
  async #check(wanted: Wanted): Promise<Checked> {
    const [{openSession}, {networkRemarks}, {checkReachability}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/paths/remarks.ts'),
      import('../../diagnostics/reachability/check.ts'),
    ])
    await using session = await openSession(wanted)
    const pairs = await checkReachability(session, {...wanted, onProgress: (text) => this.progress(text)})
    return {pairs, remarks: networkRemarks(session.infos)}
  }
}

interface Checked {
  readonly pairs: readonly PairResult[]
  readonly remarks: readonly Remark[]
}

interface Wanted extends KubeconfigChoice {
  readonly nodes: readonly string[]
  readonly image: string | undefined
  readonly signal: AbortSignal
}
