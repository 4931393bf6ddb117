import * as v from 'valibot'
import {type Ip, isIpText, parseCidr, parseIp} from '../model/address.ts'
import {names} from '../model/names.ts'
import type {ClusterNode} from '../model/node.ts'

/** What we read of a v1 Node; everything in it may have been written by someone hostile. */
const nodeSchema = v.object({
  metadata: v.object({name: v.string(), annotations: v.optional(v.record(v.string(), v.string()), {})}),
  spec: v.optional(v.object({podCIDR: v.optional(v.string()), podCIDRs: v.optional(v.array(v.string()))}), {}),
  status: v.optional(
    v.object({
      addresses: v.optional(v.array(v.object({type: v.string(), address: v.string()})), []),
      conditions: v.optional(v.array(v.object({type: v.string(), status: v.string()})), []),
    }),
    {},
  ),
})

/** v1 Node → ours; undefined when it is not one. Addresses that are none are left out. */
export function translateNode(object: unknown): ClusterNode | undefined {
  const parsed = v.safeParse(nodeSchema, object)
  if (!parsed.success) return undefined
  const {metadata, spec, status} = parsed.output
  const podCidrs = spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR])
  return {
    name: metadata.name,
    podCidrs: podCidrs.flatMap((text) => readable(() => parseCidr(text))),
    transportIps: transportIps(metadata.annotations[names.transportAnnotation], status.addresses),
    ready: status.conditions.some(({type, status}) => type === 'Ready' && status === 'True'),
  }
}

/** The annotation (comma-separated) wins over InternalIP, as upstream. */
function transportIps(
  annotation: string | undefined,
  addresses: readonly {readonly type: string; readonly address: string}[],
): readonly Ip[] {
  const announced = (annotation ?? '').split(',').map((text) => text.trim())
  const internal = addresses.filter(({type}) => type === 'InternalIP').map(({address}) => address)
  const chosen = announced.some(isIpText) ? announced : internal
  return chosen.flatMap((text) => readable(() => parseIp(text)))
}

function readable<T>(parse: () => T): readonly T[] {
  try {
    return [parse()]
  } catch {
    return []
  }
}

/** InternalIP of a v1 Node, which the kubelet registered. */
export function internalIpOf(object: unknown): Ip | undefined {
  const parsed = v.safeParse(nodeSchema, object)
  if (!parsed.success) return undefined
  return transportIps(undefined, parsed.output.status.addresses)[0]
}
