import {Flags} from '@oclif/core'
import {exitCodes} from '../../model/errors.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {AntctlCommand, listOf} from '../base.ts'
import {save} from '../save.ts'

export class CheckMode extends AntctlCommand {
  static override summary = 'Is every Node in this mode, by what it holds and by what its packets do? For CI.'
  static override description =
    'Of each Node: it runs the mode; it has taken up the ConfigMap as it stands; its flows, routes and settings are as they must ' +
    'be; flow and kernel route send to every other Node as the mode wants; and the agents’ probes to the other Nodes come back. ' +
    'Exit status 0 when all of it holds, 1 when something does not, 5 when the only trouble is that Nodes did not answer ' +
    '(docs/ci.md). Needs the right to create and delete probesessions.antctl.internal.'
  static override examples = [
    '<%= config.bin %> check mode --expect hybrid',
    '<%= config.bin %> check mode --expect hybrid --max-loss 0 --junit mode.xml',
    '<%= config.bin %> check mode --expect noEncap --nodes n1,n2 -o json',
  ]
  static override flags = {
    expect: Flags.string({summary: 'encap, hybrid or noEncap', helpValue: 'MODE', required: true}),
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE,…', multiple: true}),
    'max-loss': Flags.integer({
      summary: 'probe packets that may be lost, of all pairs together',
      helpValue: 'N',
      min: 0,
      default: 0,
    }),
    seconds: Flags.integer({summary: 'how long to probe', helpValue: 'SECONDS', min: 1, max: 60, default: 3}),
    junit: Flags.string({summary: 'write the result as JUnit XML as well', helpValue: 'FILE'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(CheckMode)
    const signal = this.deadline(flags.timeout ?? 180)
    const [{openSession}, {agentsOf}, {checkMode}, {parseTargetMode}, {expectedWays}, {configHash}] = await Promise.all(
      [
        import('../../cluster/session.ts'),
        import('../../cluster/agent-infos.ts'),
        import('../../diagnostics/mode/check.ts'),
        import('../../changes/set-mode/plan.ts'),
        import('../../changes/set-mode/expected-classes.ts'),
        import('../../changes/set-mode/hash.ts'),
      ],
    )
    const [{readStoredConfig}, {parseAgentConfig}, {modeCheckJunit, modeCheckLines}] = await Promise.all([
      import('../../cluster/config-map.ts'),
      import('../../model/agent-config.ts'),
      import('../../ui/mode-check-view.ts'),
    ])
    const expected = parseTargetMode(flags.expect)
    const {kubeconfig, context, server} = flags
    await using session = await openSession({kubeconfig, context, server, signal, onRoad: this.tell(flags)})
    const {text} = await readStoredConfig(session.cluster.api, {signal})
    const ways = expectedWays(session.infos)
    const check = await checkMode(session, {
      expected,
      configured: parseAgentConfig(text).trafficEncapMode,
      hash: configHash(text),
      maxLoss: flags['max-loss'],
      seconds: flags.seconds,
      nodes: agentsOf(session.infos, listOf(flags.nodes)).map(nodeOf),
      wanted: (node) => ways(node, expected),
      signal,
      onProgress: (progress) => this.progress(progress),
    })
    if (flags.junit !== undefined) await save(flags.junit, modeCheckJunit(check))
    await this.show(check, flags.output, (view) => modeCheckLines(check, view))
    process.exitCode = {ok: exitCodes.ok, failed: exitCodes.failed, unknown: exitCodes.partial}[check.result]
  }
}
