import * as v from 'valibot'
import type {PodName} from '../../model/pod.ts'
import {CniError} from './error.ts'

/** Versions of the CNI specification whose results we can write. bin/cni/main.go has the same list. */
export const cniVersions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const
export type CniVersion = (typeof cniVersions)[number]

/** One call of the container runtime, checked. */
export interface CniRequest {
  readonly command: 'ADD' | 'DEL' | 'CHECK' | 'STATUS' | 'GC'
  readonly version: CniVersion
  readonly containerId: string
  /** Path of the Pod's network namespace as this process sees it; '' where the call has none. */
  readonly netns: string
  readonly ifName: string
  readonly pod: PodName
}

const text = v.optional(v.string(), '')
const messageSchema = v.object({
  command: v.string(),
  containerId: text,
  netns: text,
  ifName: text,
  args: text,
  config: v.looseObject({cniVersion: v.optional(v.string(), '0.3.1')}),
})

const containerIdShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/u
/** IFNAMSIZ is 16 with the closing zero. */
const ifNameShape = /^(?!\.{1,2}$)[^\s/:]{1,15}$/u
const netnsShape = /^(?:\/var)?\/run\/netns\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,255}$/u
/** RFC 1123 names, as Kubernetes has them. */
const podNameShape = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/u

/** The line of JSON that bin/cni sent; throws CniError 4 or 7 for what the specification does not allow. */
export function parseRequest(line: string): CniRequest {
  const message = v.safeParse(messageSchema, parseJson(line))
  if (!message.success) throw new CniError(6, `the request cannot be read: ${message.issues[0].message}`)
  const {command, containerId, netns, ifName, args, config} = message.output
  const version = cniVersions.find((known) => known === config.cniVersion)
  if (version === undefined) throw new CniError(1, `CNI version ${JSON.stringify(config.cniVersion)} is not supported`)
  const request = {version, containerId, netns, ifName, pod: podOf(args)}
  switch (command) {
    case 'ADD':
    case 'CHECK':
      requireShape('CNI_NETNS', netns, netnsShape)
      requireContainer(request)
      return {...request, command}
    case 'DEL':
      if (netns !== '') requireShape('CNI_NETNS', netns, /^\/[^\s]{1,255}$/u)
      requireContainer(request)
      return {...request, command}
    case 'STATUS':
    case 'GC':
      return {...request, command}
    default:
      throw new CniError(4, `CNI_COMMAND ${JSON.stringify(command)} is not supported`)
  }
}

function requireContainer({containerId, ifName, pod}: {containerId: string; ifName: string; pod: PodName}): void {
  requireShape('CNI_CONTAINERID', containerId, containerIdShape)
  requireShape('CNI_IFNAME', ifName, ifNameShape)
  requireShape('K8S_POD_NAMESPACE', pod.namespace, podNameShape)
  requireShape('K8S_POD_NAME', pod.name, podNameShape)
}

function requireShape(variable: string, value: string, shape: RegExp): void {
  if (!shape.test(value)) throw new CniError(4, `${variable} ${JSON.stringify(value)} is not valid`)
}

/** "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1;…" */
function podOf(args: string): PodName {
  const pairs = new Map(args.split(';').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]))
  return {namespace: pairs.get('K8S_POD_NAMESPACE') ?? '', name: pairs.get('K8S_POD_NAME') ?? ''}
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new CniError(6, 'the request is not JSON')
  }
}
