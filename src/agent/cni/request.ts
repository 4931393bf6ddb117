import * as v from 'valibot'
import type {PodName} from '../../model/pod.ts'
import {CniError} from './error.ts'

/** Versions of the CNI specification whose results we can write. bin/cni/main.go has the same list. */
export const cniVersions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const
export type CniVersion = (typeof cniVersions)[number]

/** One interface of one container: the specification's key of all that a plugin keeps. */
export interface Attachment {
  readonly containerId: string
  readonly ifName: string
}

/** ADD, DEL and CHECK: they are about one interface of one container. */
export interface AttachmentRequest extends Attachment {
  readonly command: 'ADD' | 'DEL' | 'CHECK'
  readonly version: CniVersion
  /** Path of the Pod's network namespace as this process sees it; '' where a DEL has none. */
  readonly netns: string
  /** Both parts may be '' in a DEL. */
  readonly pod: PodName
  /** What ADD answered, for CHECK; as the runtime sent it. */
  readonly prevResult: unknown
}

/** One call of the container runtime, checked. */
export type CniRequest =
  | AttachmentRequest
  | {readonly command: 'STATUS'; readonly version: CniVersion}
  | {readonly command: 'GC'; readonly version: CniVersion; readonly valid: readonly Attachment[]}

const text = v.optional(v.string(), '')
const attachments = v.array(v.object({containerID: v.string(), ifname: v.string()}))
/** What bin/cni/main.go sends, and what we read of the configuration that the runtime gave it on standard input. */
const messageSchema = v.object({
  command: v.string(),
  containerId: text,
  netns: text,
  ifName: text,
  args: text,
  config: v.object({
    cniVersion: text,
    prevResult: v.optional(v.unknown()),
    // The second name is the one of the specification's drafts; libcni sends both.
    'cni.dev/valid-attachments': v.optional(v.unknown()),
    'cni.dev/attachments': v.optional(v.unknown()),
  }),
})
type Message = v.InferOutput<typeof messageSchema>

const containerIdShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/u
/** IFNAMSIZ is 16 with the closing zero. The kernel would read a percent sign as "the next free number". */
const ifNameShape = /^(?!lo$)[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,14}$/u
const netnsShape = /^(?:\/var)?\/run\/netns\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,255}$/u
/** RFC 1123 names, as Kubernetes has them. */
const podNameShape = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/u

/** The line of JSON that bin/cni sent; throws CniError 1, 4, 6 or 7 for what the specification does not allow. */
export function parseRequest(line: string): CniRequest {
  const message = v.safeParse(messageSchema, parseJson(line))
  if (!message.success) throw new CniError(6, `the request cannot be read: ${message.issues[0].message}`)
  const {command, config} = message.output
  const version = cniVersions.find((known) => known === config.cniVersion)
  if (version === undefined) throw new CniError(1, `CNI version ${shown(config.cniVersion)} is not supported`)
  switch (command) {
    case 'ADD':
    case 'DEL':
    case 'CHECK':
      return parseAttachment(command, version, message.output)
    case 'STATUS':
      return {command, version}
    case 'GC':
      return {command, version, valid: validAttachments(config)}
    default:
      throw new CniError(4, `CNI_COMMAND ${shown(command)} is not supported`)
  }
}

function parseAttachment(
  command: AttachmentRequest['command'],
  version: CniVersion,
  {containerId, netns, ifName, args, config}: Message,
): AttachmentRequest {
  const pod = podOf(args)
  requireShape('CNI_CONTAINERID', containerId, containerIdShape)
  requireShape('CNI_IFNAME', ifName, ifNameShape)
  if (command === 'DEL') {
    // Whatever is left of the container goes, so that little has to be known: not its namespace, not its Pod.
    return {command, version, containerId, ifName, netns: '', pod: knownPod(pod), prevResult: undefined}
  }
  requireShape('CNI_NETNS', netns, netnsShape)
  requireShape('K8S_POD_NAMESPACE', pod.namespace, podNameShape)
  requireShape('K8S_POD_NAME', pod.name, podNameShape)
  return {command, version, containerId, ifName, netns, pod, prevResult: config.prevResult}
}

/** Nothing is removed for a list that is missing or null: only a runtime that says "none" means none. */
function validAttachments(config: Message['config']): readonly Attachment[] {
  const list = v.safeParse(attachments, config['cni.dev/valid-attachments'] ?? config['cni.dev/attachments'])
  if (!list.success) throw new CniError(7, 'GC needs the list cni.dev/valid-attachments')
  return list.output.map(({containerID, ifname}) => ({containerId: containerID, ifName: ifname}))
}

function requireShape(variable: string, value: string, shape: RegExp): void {
  if (!shape.test(value)) throw new CniError(4, `${variable} ${shown(value)} is not valid`)
}

/** "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1;…" */
function podOf(args: string): PodName {
  const pairs = new Map(args.split(';').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]))
  return {namespace: pairs.get('K8S_POD_NAMESPACE') ?? '', name: pairs.get('K8S_POD_NAME') ?? ''}
}

function knownPod({namespace, name}: PodName): PodName {
  return podNameShape.test(namespace) && podNameShape.test(name) ? {namespace, name} : {namespace: '', name: ''}
}

/** Foreign text in a sentence: quoted, escaped and short. */
function shown(value: string): string {
  return value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}…` : JSON.stringify(value)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new CniError(6, 'the request is not JSON')
  }
}
