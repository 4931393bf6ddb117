import * as v from 'valibot'
import {type Ip, isIpText, parseIp} from '../model/address.ts'
import {AntctlError} from '../model/errors.ts'
import {describePod, type PodName} from '../model/pod.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** A Pod as the API server knows it. */
export interface ClusterPod extends PodName {
  readonly node?: string
  readonly ip?: Ip
  /** Of both families, where there are two. */
  readonly ips: readonly Ip[]
  readonly phase: string
  readonly hostNetwork: boolean
}

/** "ns/pod" or "pod" of the given namespace. */
export function parsePodName(text: string, namespace: string): PodName {
  const [first = '', second, ...more] = text.split('/')
  const name = second === undefined ? {namespace, name: first} : {namespace: first, name: second}
  if (more.length > 0 || !isDnsName(name.namespace) || !isDnsName(name.name)) {
    throw new AntctlError('POD_UNKNOWN', `${JSON.stringify(text)} does not name a Pod`, {
      remedy: ['write NAMESPACE/POD'],
    })
  }
  return name
}

export async function getPod(api: ApiServer, name: PodName, options?: CallOptions): Promise<ClusterPod> {
  const pod = await findPod(api, name, options)
  if (pod === undefined) throw noPod(name)
  return pod
}

export function noPod(name: PodName): AntctlError {
  return new AntctlError('POD_UNKNOWN', `there is no Pod ${describePod(name)}`, {
    remedy: [`kubectl -n ${name.namespace} get pods`],
  })
}

/** undefined: there is no such Pod. */
export async function findPod(api: ApiServer, name: PodName, options?: CallOptions): Promise<ClusterPod | undefined> {
  const path = `/api/v1/namespaces/${name.namespace}/pods/${name.name}`
  try {
    return translatePod(await api.get(path, options))
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return undefined
    throw error
  }
}

export function translatePod(value: unknown): ClusterPod {
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) throw new AntctlError('API_ANSWER', `a Pod cannot be read: ${parsed.issues[0].message}`)
  const {metadata, spec, status} = parsed.output
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    phase: status.phase,
    hostNetwork: spec.hostNetwork,
    ips: status.podIPs.flatMap(({ip}) => (isIpText(ip) ? [parseIp(ip)] : [])),
    ...(spec.nodeName !== undefined && {node: spec.nodeName}),
    ...(status.podIP !== undefined && isIpText(status.podIP) && {ip: parseIp(status.podIP)}),
  }
}

/** RFC 1123 subdomain: what a path may be made of. */
function isDnsName(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/u.test(text)
}

const schema = v.object({
  metadata: v.object({name: v.string(), namespace: v.optional(v.string(), 'default')}),
  spec: v.optional(v.object({nodeName: v.exactOptional(v.string()), hostNetwork: v.optional(v.boolean(), false)}), {}),
  status: v.optional(
    v.object({
      phase: v.optional(v.string(), 'Unknown'),
      podIP: v.exactOptional(v.string()),
      podIPs: v.optional(v.array(v.object({ip: v.string()})), []),
    }),
    {},
  ),
})
