import * as v from 'valibot'
import type {ApiServer, CallOptions} from './api.ts'

/** A Pod with a network of its own, and who would make it anew. */
export interface WorkloadPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  /** As kubectl names it: deployment/web; absent: nobody. */
  readonly owner?: string
}

const schema = v.object({
  metadata: v.object({
    namespace: v.string(),
    name: v.string(),
    labels: v.optional(v.record(v.string(), v.string()), {}),
    ownerReferences: v.optional(
      v.array(v.object({kind: v.string(), name: v.string(), controller: v.optional(v.boolean(), false)})),
      [],
    ),
  }),
  spec: v.object({nodeName: v.optional(v.string(), ''), hostNetwork: v.optional(v.boolean(), false)}),
})

export async function listWorkloadPods(
  api: Pick<ApiServer, 'list'>,
  options?: CallOptions,
): Promise<readonly WorkloadPod[]> {
  const {items} = await api.list('/api/v1/pods?fieldSelector=status.phase%3DRunning', options)
  return items.flatMap((item) => {
    const parsed = v.safeParse(schema, item)
    if (!parsed.success || parsed.output.spec.hostNetwork || parsed.output.spec.nodeName === '') return []
    const {metadata, spec} = parsed.output
    const owner = ownerOf(metadata)
    const {namespace, name} = metadata
    return [{namespace, name, node: spec.nodeName, ...(owner !== undefined && {owner})}]
  })
}

/** A ReplicaSet is named after its Deployment and the hash of its template. */
function ownerOf({ownerReferences, labels}: v.InferOutput<typeof schema>['metadata']): string | undefined {
  const owner = ownerReferences.find(({controller}) => controller)
  if (owner === undefined) return undefined
  const hash = labels['pod-template-hash']
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return `deployment/${owner.name.slice(0, -hash.length - 1)}`
  return ['StatefulSet', 'DaemonSet'].includes(owner.kind) ? `${owner.kind.toLowerCase()}/${owner.name}` : undefined
}
