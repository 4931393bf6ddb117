import {names} from '../../model/names.ts'
import type {WorkloadPod} from '../../cluster/workloads.ts'

/** Pods that go on sending larger packets than the new way takes, until they are made anew. */
export interface StaleMtu {
  readonly pods: readonly string[]
  readonly command: string
}

/**
 * In the order in which to restart them, once all Nodes have changed: what others depend on first (the cluster's own), then one
 * namespace after the other; what nobody makes anew comes last.
 */
export function staleMtus(pods: readonly WorkloadPod[], nodes: ReadonlySet<string>): readonly StaleMtu[] {
  const groups = Map.groupBy(
    pods.filter(({node}) => nodes.has(node)),
    ({namespace, name, owner}) => JSON.stringify([namespace, owner ?? '', owner === undefined ? name : '']),
  )
  return [...groups.values()]
    .toSorted((a, b) => rank(a).localeCompare(rank(b)))
    .flatMap(([first, ...more]) => {
      if (first === undefined) return []
      const {namespace, name, owner} = first
      const command =
        owner === undefined
          ? `kubectl -n ${namespace} delete pod ${name}, and make it anew: nothing else does`
          : `kubectl -n ${namespace} rollout restart ${owner}`
      return [{pods: [first, ...more].map((pod) => `${pod.namespace}/${pod.name}`), command}]
    })
}

function rank([first]: readonly WorkloadPod[]): string {
  const {namespace = '', owner, name = ''} = first ?? {}
  const [alone, own] = [owner === undefined ? 1 : 0, namespace === names.namespace ? 0 : 1]
  return `${alone} ${own} ${namespace} ${owner ?? name}`
}
