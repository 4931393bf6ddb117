import * as v from 'valibot'
import {type Ip, isIpText, parseIp} from '../model/address.ts'
import {AntctlError} from '../model/errors.ts'
import {describePod, type PodName} from '../model/pod.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** A Service and who is ready to answer for it. */
export interface ClusterService {
  readonly name: PodName
  /** Absent: headless. */
  readonly ips: readonly Ip[]
  readonly ports: readonly ServicePort[]
  readonly endpoints: readonly ServiceEndpoint[]
}

export interface ServicePort {
  readonly name: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
  readonly nodePort?: number
}

export interface ServiceEndpoint {
  readonly ip: Ip
  readonly node?: string
  readonly pod?: PodName
  /** Number by the port's name. */
  readonly ports: Readonly<Record<string, number>>
}

/** undefined: there is no such Service. */
export async function findService(
  api: ApiServer,
  name: PodName,
  options?: CallOptions,
): Promise<ClusterService | undefined> {
  const found = await api
    .get(`/api/v1/namespaces/${name.namespace}/services/${name.name}`, options)
    .catch((error: unknown) => {
      if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return undefined
      throw error
    })
  if (found === undefined) return undefined
  const selector = encodeURIComponent(`kubernetes.io/service-name=${name.name}`)
  const path = `/apis/discovery.k8s.io/v1/namespaces/${name.namespace}/endpointslices?labelSelector=${selector}`
  return translateService(name, found, (await api.list(path, options)).items)
}

export function translateService(name: PodName, service: unknown, slices: readonly unknown[]): ClusterService {
  const parsed = v.safeParse(serviceSchema, service)
  const parts = v.safeParse(v.array(sliceSchema), slices)
  if (!parsed.success || !parts.success)
    throw new AntctlError('API_ANSWER', `the Service ${describePod(name)} cannot be read`)
  const {clusterIPs, ports} = parsed.output.spec
  return {
    name,
    ips: clusterIPs.filter(isIpText).map(parseIp),
    ports: ports.map(({protocol, nodePort, ...port}) => ({
      ...port,
      protocol: lowerCase[protocol],
      ...(nodePort !== undefined && {nodePort}),
    })),
    endpoints: parts.output.flatMap(endpointsOf),
  }
}

function endpointsOf(slice: v.InferOutput<typeof sliceSchema>): readonly ServiceEndpoint[] {
  const ports = Object.fromEntries((slice.ports ?? []).map(({name, port}) => [name, port]))
  return (slice.endpoints ?? [])
    .filter(({conditions}) => conditions.ready !== false)
    .flatMap(({addresses, nodeName, targetRef}) =>
      addresses.filter(isIpText).map((address) => ({
        ip: parseIp(address),
        ...(nodeName !== undefined && nodeName !== null && {node: nodeName}),
        ...(targetRef?.kind === 'Pod' && {pod: {namespace: targetRef.namespace, name: targetRef.name}}),
        ports,
      })),
    )
}

const lowerCase = {TCP: 'tcp', UDP: 'udp', SCTP: 'sctp'} as const
const serviceSchema = v.object({
  spec: v.object({
    clusterIPs: v.optional(v.array(v.string()), []),
    ports: v.optional(
      v.array(
        v.object({
          name: v.optional(v.string(), ''),
          protocol: v.optional(v.picklist(['TCP', 'UDP', 'SCTP']), 'TCP'),
          port: v.number(),
          nodePort: v.exactOptional(v.number()),
        }),
      ),
      [],
    ),
  }),
})
const sliceSchema = v.object({
  ports: v.nullish(v.array(v.object({name: v.optional(v.string(), ''), port: v.optional(v.number(), 0)}))),
  endpoints: v.nullish(
    v.array(
      v.object({
        addresses: v.array(v.string()),
        conditions: v.optional(v.object({ready: v.nullish(v.boolean())}), {}),
        nodeName: v.nullish(v.string()),
        targetRef: v.nullish(
          v.object({
            kind: v.optional(v.string(), ''),
            namespace: v.optional(v.string(), 'default'),
            name: v.optional(v.string(), ''),
          }),
        ),
      }),
    ),
  ),
})
