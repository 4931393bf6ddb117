import {Flags} from '@oclif/core'
import {exitCodes} from '../../model/errors.ts'
import type {FlowListRow} from '../../ui/flow-view.ts'
import type {Listing} from '../../ui/listing.ts'
import {listOf} from '../base.ts'
import {type Look, ReadingCommand} from '../reading.ts'

export class GetOvsFlows extends ReadingCommand {
  static override summary =
    'The flows of br-int in words: under the question that each table answers, with their owners.'
  static override description =
    'Registers and marks have their meaning, ports and addresses their Pod or Node, cookies their owner. All filters that are ' +
    'given must hold. With --watch each flow shows what it has counted since the last look.'
  static override examples = [
    '<%= config.bin %> get ovsflows --nodes n1 -T L3Forwarding',
    '<%= config.bin %> get ovsflows -p client -n default --hit',
    '<%= config.bin %> get ovsflows --tunnelled --match nw_dst=10.244.3.7',
    '<%= config.bin %> get ovsflows --nodes n1 --hit --watch',
    '<%= config.bin %> get ovsflows --drift',
    '<%= config.bin %> get ovsflows --nodes n1 --raw > before; <%= config.bin %> get ovsflows --nodes n1 --diff before',
    '<%= config.bin %> get ovsflows --nodes n1 --diff n2 -T L3Forwarding',
    '<%= config.bin %> get ovsflows --table-names-only',
  ]
  static override flags = {
    pod: Flags.string({char: 'p', summary: 'only the flows of this Pod', helpValue: 'POD'}),
    namespace: Flags.string({char: 'n', summary: 'namespace of the Pod, Service or policy', helpValue: 'NS'}),
    table: Flags.string({
      char: 'T',
      summary: 'only these tables, by name or number',
      helpValue: 'TABLE',
      multiple: true,
    }),
    port: Flags.string({summary: 'only flows that take from this OVS port or leave by it', helpValue: 'PORT'}),
    match: Flags.string({
      summary: 'only flows whose match has this part; an address is also found in networks',
      helpValue: 'FIELD=VALUE',
      multiple: true,
    }),
    hit: Flags.boolean({summary: 'only flows that packets have met; with --watch: since the last look'}),
    tunnelled: Flags.boolean({summary: 'only flows about tunnels; --no-tunnelled: only others', allowNo: true}),
    raw: Flags.boolean({summary: 'as the switch prints them'}),
    drift: Flags.boolean({summary: 'only what is not as it must be: wanted and not there, there and not wanted'}),
    diff: Flags.string({
      summary: 'compare with another Node, or with a file of -o json or --raw; exit status 1 when they differ',
      helpValue: 'NODE|FILE',
      exclusive: ['drift', 'watch'],
    }),
    service: Flags.string({
      char: 'S',
      summary: "only the flows of this Service; upstream's agents alone",
      helpValue: 'SERVICE',
    }),
    networkpolicy: Flags.string({
      char: 'N',
      summary: "only the flows of this policy; upstream's agents alone",
      helpValue: 'POLICY',
    }),
    type: Flags.string({
      summary: 'kind of the policy: K8sNP, ACNP, ANNP …',
      dependsOn: ['networkpolicy'],
      helpValue: 'KIND',
    }),
    groups: Flags.string({
      char: 'G',
      summary: "OpenFlow groups by id, or all; upstream's agents alone",
      helpValue: 'ID,…|all',
    }),
    'table-names-only': Flags.boolean({summary: 'only the tables of the pipeline, in order; asks no cluster'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetOvsFlows)
    const [{tables}, {pipelineColumns}, {flowColumns, flowLines}, {lookAtFlows}] = await Promise.all([
      import('../../diagnostics/flows/tables.ts'),
      import('../../ui/pipeline-table.ts'),
      import('../../ui/flow-view.ts'),
      import('../../diagnostics/flows/look.ts'),
    ])
    if (flags['table-names-only']) return this.present({rows: tables, columns: pipelineColumns}, flags)
    const asks = (name: string) => tables.find((table) => table.name === name)?.asks
    const none = flags.drift
      ? 'All flows are as they must be.'
      : flags.diff === undefined
        ? 'There is no such flow.'
        : 'The flows are the same.'
    const look = lookAtFlows({...flags, tables: listOf(flags.table)})
    await this.read<FlowListRow>(flags, async (at: Look): Promise<Listing<FlowListRow>> => {
      const {rows, failures, differs} = await look(at)
      if (differs) process.exitCode = exitCodes.failed
      return {
        rows,
        failures,
        columns: flowColumns,
        ...(flags.output === 'table' && {lines: (shown, view) => flowLines(shown, view, {asks, raw: flags.raw, none})}),
      }
    })
  }
}
