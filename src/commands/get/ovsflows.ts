import {Flags} from '@oclif/core'
import {AntctlError} from '../../model/errors.ts'
import type {KubeconfigChoice} from '../../cluster/kubeconfig.ts'
import type {FlowRow} from '../../diagnostics/flows/rows.ts'
import {AntctlCommand, listOf} from '../base.ts'

export class GetOvsFlows extends AntctlCommand {
  static override summary = 'The flows of br-int on all Nodes or some, under the question that each table answers.'
  static override examples = [
    '<%= config.bin %> get ovsflows --nodes n1 -T L3Forwarding',
    '<%= config.bin %> get ovsflows -p client -n default',
    '<%= config.bin %> get ovsflows --table-names-only',
    '<%= config.bin %> get ovsflows -T L3Forwarding,Output -o json',
  ]
  static override flags = {
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE,…', multiple: true}),
    pod: Flags.string({char: 'p', summary: 'only the flows of this Pod', helpValue: 'POD'}),
    namespace: Flags.string({char: 'n', summary: 'namespace of the Pod', helpValue: 'NS', dependsOn: ['pod']}),
    table: Flags.string({
      char: 'T',
      summary: 'only these tables, by name or number',
      helpValue: 'TABLE,…',
      multiple: true,
    }),
    'table-names-only': Flags.boolean({summary: 'only the tables of the pipeline, in order; asks no cluster'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetOvsFlows)
    const {tables} = await import('../../diagnostics/flows/tables.ts')
    if (flags['table-names-only']) {
      const {tableLines} = await import('../../ui/table.ts')
      const {pipelineColumns} = await import('../../ui/pipeline-table.ts')
      await this.show(tables, flags.output, (view) => tableLines(pipelineColumns, tables, view))
      return
    }
    const signal = this.deadline(flags.timeout ?? 60)
    const nodes = await this.within(
      signal,
      this.#gather({...flags, nodes: listOf(flags.nodes), tables: listOf(flags.table), signal}),
    )
    const {flowLines} = await import('../../ui/flow-view.ts')
    const asks = (name: string) => tables.find((table) => table.name === name)?.asks
    const rows = nodes.flatMap(({node, flows}) => flows.map((flow) => ({node, ...flow})))
    await this.show(rows, flags.output, (view) => flowLines(nodes, {...view, asks}))
  }

  async #gather(wanted: Wanted): Promise<readonly {readonly node: string; readonly flows: readonly FlowRow[]}[]> {
    const [{openSession}, {liveFlows}, {getPod, parsePodName}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../diagnostics/facts/live-flows.ts'),
      import('../../cluster/pods.ts'),
    ])
    await using session = await openSession(wanted)
    const {cluster, roads} = session
    const pod = wanted.pod === undefined ? undefined : parsePodName(wanted.pod, wanted.namespace ?? cluster.namespace)
    const home = pod === undefined ? undefined : (await getPod(cluster.api, pod, wanted)).node
    if (pod !== undefined && (home === undefined || !roads.nodes.includes(home))) {
      throw new AntctlError(
        'POD_UNKNOWN',
        `the Pod ${pod.namespace}/${pod.name} is not on ${wanted.nodes.join(', ') || 'any Node with an agent'}`,
      )
    }
    const query = {pod: pod?.name, namespace: pod?.namespace, tables: wanted.tables}
    const {answers, failures} = await liveFlows(session, home === undefined ? roads.nodes : [home], query)
    this.tellOf(failures)
    return answers.map(({node, answer}) => ({node, flows: answer}))
  }
}

interface Wanted extends KubeconfigChoice {
  readonly nodes: readonly string[]
  readonly pod: string | undefined
  readonly namespace: string | undefined
  readonly tables: readonly string[]
  readonly signal: AbortSignal
}
