import type {PodName} from '../../model/pod.ts'

/** Of a query: what is not said is not asked for. */
export function selector(name: string | null, namespace: string | null): (pod: PodName) => boolean {
  return (pod) => (!name || pod.name === name) && (!namespace || pod.namespace === namespace)
}
