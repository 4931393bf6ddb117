import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** What Kubernetes knows of a Node and no agent tells. */
export interface NodeFacts {
  readonly name: string
  /** spec.providerID as the cloud wrote it; absent where there is none. */
  readonly providerId?: string
  /** Its first part: aws, azure, gce … */
  readonly provider?: string
  readonly ready: boolean
  /** spec.unschedulable: somebody drains it, perhaps. */
  readonly cordoned: boolean
  readonly labels: Readonly<Record<string, string>>
  /** What a route controller of a cloud says of this Node's routes; absent: none has said anything. */
  readonly cloudRoutes?: 'created' | 'missing'
}

/** v1 Node → ours; undefined for what is none. */
export function translateNodeFacts(object: unknown): NodeFacts | undefined {
  const parsed = v.safeParse(schema, object)
  if (!parsed.success) return undefined
  const {metadata, spec, status} = parsed.output
  const provider = providerOf(object)
  const cloudRoutes = cloudRoutesOf(status.conditions)
  return {
    name: metadata.name,
    ...(provider !== undefined && {provider, providerId: spec.providerID}),
    ready: status.conditions.some(({type, status}) => type === 'Ready' && status === 'True'),
    cordoned: spec.unschedulable,
    labels: metadata.labels,
    ...(cloudRoutes !== undefined && {cloudRoutes}),
  }
}

const schema = v.object({
  metadata: v.object({name: v.string(), labels: v.optional(v.record(v.string(), v.string()), {})}),
  spec: v.optional(
    v.object({providerID: v.optional(v.string(), ''), unschedulable: v.optional(v.boolean(), false)}),
    {},
  ),
  status: v.optional(
    v.object({
      conditions: v.optional(
        v.array(v.object({type: v.string(), status: v.string(), reason: v.optional(v.string(), '')})),
        [],
      ),
    }),
    {},
  ),
})

/** "azure" of a Node whose spec.providerID is azure:///subscriptions/…; undefined where nobody has said it. */
export function providerOf(object: unknown): string | undefined {
  const parsed = v.safeParse(schema, object)
  return parsed.success ? /^([a-z][a-z0-9-]{0,62}):\/\//u.exec(parsed.output.spec.providerID)?.[1] : undefined
}

/** The route controller of every cloud writes this condition with one of these two reasons; other writers have others. */
function cloudRoutesOf(
  conditions: readonly {readonly type: string; readonly reason: string}[],
): NodeFacts['cloudRoutes'] | undefined {
  const reason = conditions.find(({type}) => type === 'NetworkUnavailable')?.reason
  if (reason === 'RouteCreated') return 'created'
  return reason === 'NoRouteCreated' ? 'missing' : undefined
}

/** By Node; of none where the caller may not list Nodes. */
export async function listNodeFacts(
  api: Pick<ApiServer, 'list'>,
  options?: CallOptions,
): Promise<ReadonlyMap<string, NodeFacts>> {
  try {
    const {items} = await api.list('/api/v1/nodes', options)
    const facts = items.flatMap((item) => translateNodeFacts(item) ?? [])
    return new Map(facts.map((node) => [node.name, node]))
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_FORBIDDEN') return new Map()
    throw error
  }
}
