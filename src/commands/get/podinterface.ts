import {Args, Flags} from '@oclif/core'
import {AntctlError} from '../../model/errors.ts'
import type {PodInterfaceRow} from '../../ui/pod-table.ts'
import {ReadingCommand} from '../reading.ts'

export class GetPodInterface extends ReadingCommand {
  static override summary = 'The port of every Pod on its Node: interface, address, MAC and OpenFlow port.'
  static override examples = [
    '<%= config.bin %> get podinterface',
    '<%= config.bin %> get podinterface client -n default',
    '<%= config.bin %> get podinterface --nodes n1,n2 -o json',
    '<%= config.bin %> get podinterface --sort-by ip -o wide',
  ]
  static override args = {pod: Args.string({ignoreStdin: true, description: 'one Pod; all when absent'})}
  static override flags = {
    namespace: Flags.string({char: 'n', summary: 'namespace of the Pods', helpValue: 'NS'}),
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(GetPodInterface)
    const [{podInterfaceColumns}, {askPodInterfaces}, {fromEachNode}] = await Promise.all([
      import('../../ui/pod-table.ts'),
      import('../../cluster/agent-answers.ts'),
      import('../../diagnostics/facts/each-node.ts'),
    ])
    await this.read<PodInterfaceRow>(flags, async ({session: {roads, cluster}, signal}) => {
      const {answers, failures} = await fromEachNode(roads.nodes, (node) => askPodInterfaces(roads, node), signal)
      const namespace = flags.namespace ?? (args.pod === undefined ? undefined : cluster.namespace)
      const rows = answers
        .flatMap(({node, answer}) => answer.map((pod) => ({node, ...pod})))
        .filter(({name}) => args.pod === undefined || name === args.pod)
        .filter(({podNamespace}) => namespace === undefined || podNamespace === namespace)
      if (args.pod !== undefined && rows.length === 0 && failures.length === 0) throw unknownPod(namespace, args.pod)
      return {rows, failures, columns: podInterfaceColumns, name: (row) => `${row.podNamespace}/${row.name}`}
    })
  }
}

function unknownPod(namespace: string | undefined, pod: string): AntctlError {
  return new AntctlError('POD_UNKNOWN', `no agent has a port for the Pod ${namespace}/${pod}`, {
    remedy: [`kubectl -n ${namespace} get pod ${pod} -o wide`],
  })
}
