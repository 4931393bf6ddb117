import {Args, Flags} from '@oclif/core'
import {AntctlError} from '../../model/errors.ts'
import type {KubeconfigChoice} from '../../cluster/kubeconfig.ts'
import type {PodInterfaceRow} from '../../ui/pod-table.ts'
import {AntctlCommand, listOf} from '../base.ts'

export class GetPodInterface extends AntctlCommand {
  static override summary = 'The port of every Pod on its Node: interface, address, MAC and OpenFlow port.'
  static override examples = [
    '<%= config.bin %> get podinterface',
    '<%= config.bin %> get podinterface client -n default',
    '<%= config.bin %> get podinterface --nodes n1,n2 -o json',
  ]
  static override args = {pod: Args.string({description: 'one Pod; all when absent'})}
  static override flags = {
    namespace: Flags.string({char: 'n', summary: 'namespace of the Pods', helpValue: 'NS'}),
    nodes: Flags.string({summary: 'only these Nodes, separated by commas', helpValue: 'NODE,…', multiple: true}),
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(GetPodInterface)
    const signal = this.deadline(flags.timeout ?? 30)
    const rows = await this.within(signal, this.#gather({...flags, pod: args.pod, nodes: listOf(flags.nodes), signal}))
    const [{podInterfaceColumns}, {tableLines}] = await Promise.all([
      import('../../ui/pod-table.ts'),
      import('../../ui/table.ts'),
    ])
    await this.show(rows, flags.output, (view) => tableLines(podInterfaceColumns, rows, view))
  }

  async #gather(wanted: Wanted): Promise<readonly PodInterfaceRow[]> {
    const [{openSession}, {askPodInterfaces}, {fromEachNode}] = await Promise.all([
      import('../../cluster/session.ts'),
      import('../../cluster/agent-answers.ts'),
      import('../../diagnostics/facts/each-node.ts'),
    ])
    await using session = await openSession(wanted)
    const {roads} = session
    const {answers, failures} = await fromEachNode(roads.nodes, (node) => askPodInterfaces(roads, node))
    this.tellOf(failures)
    const namespace = wanted.namespace ?? (wanted.pod === undefined ? undefined : session.cluster.namespace)
    const rows = answers
      .flatMap(({node, answer}) => answer.map((pod) => ({node, ...pod})))
      .filter(({name}) => wanted.pod === undefined || name === wanted.pod)
      .filter(({podNamespace}) => namespace === undefined || podNamespace === namespace)
    if (wanted.pod !== undefined && rows.length === 0) {
      throw new AntctlError('POD_UNKNOWN', `no agent has a port for the Pod ${namespace}/${wanted.pod}`, {
        remedy: [`kubectl -n ${namespace} get pod ${wanted.pod} -o wide`],
      })
    }
    return rows
  }
}

interface Wanted extends KubeconfigChoice {
  readonly namespace: string | undefined
  readonly pod: string | undefined
  readonly nodes: readonly string[]
  readonly signal: AbortSignal
}
