import {isIpText, parseIp} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {describePod} from '../../model/pod.ts'
import type {TraceEnd, TraceRequest} from '../../model/trace.ts'
import type {ApiServer} from '../../cluster/api.ts'
import {type ClusterPod, getPod, parsePodName} from '../../cluster/pods.ts'
import type {Underlay} from '../paths/underlay.ts'

export interface TraceWords {
  readonly source: string
  readonly destination: string
  readonly namespace: string
  readonly flow?: string | undefined
}

/** What was typed → both ends: which Pod, which address, which Node. */
export async function locate(
  words: TraceWords,
  api: ApiServer,
  underlay: Underlay,
  signal: AbortSignal,
): Promise<TraceRequest> {
  const flow = words.flow === undefined ? undefined : parseFlowWords(words.flow)
  const [source, destination] = await Promise.all([
    getPod(api, parsePodName(words.source, words.namespace), {signal}),
    isIpText(words.destination)
      ? addressEnd(words.destination, underlay)
      : getPod(api, parsePodName(words.destination, words.namespace), {signal}).then(podEnd),
  ])
  const {node, ip, pod} = podEnd(source)
  if (node === undefined || pod === undefined || source.hostNetwork) {
    throw new AntctlError(
      'POD_UNKNOWN',
      `${describePod(source)} has no port of its own on a bridge: it uses its Node's network`,
      {
        remedy: ['choose a Pod without hostNetwork as source'],
      },
    )
  }
  return {source: {ip, node, pod}, destination, ...(flow !== undefined && {flow})}
}

/**
 * ovs-ofctl's match words and nothing else: whatever could be an option or another argument is refused here and again
 * by the agent.
 */
export function parseFlowWords(text: string): string {
  if (/^[a-z][a-z0-9_]*(?:=[a-z0-9_.:/+-]+)?(?:,[a-z][a-z0-9_]*(?:=[a-z0-9_.:/+-]+)?)*$/iu.test(text)) return text
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} is not a flow`, {
    remedy: ['for example: -f tcp,tcp_dst=80'],
  })
}

function podEnd(pod: ClusterPod): TraceEnd & {readonly node?: string} {
  if (pod.ip === undefined || pod.node === undefined) {
    throw new AntctlError('POD_UNKNOWN', `${describePod(pod)} has no address yet: it is ${pod.phase}`, {
      remedy: [`kubectl -n ${pod.namespace} describe pod ${pod.name}`],
    })
  }
  if (pod.hostNetwork) return {ip: pod.ip}
  return {ip: pod.ip, node: pod.node, pod: {namespace: pod.namespace, name: pod.name}}
}

/** An address of a podCIDR belongs to that Node even when no Pod has it; all else is outside. */
function addressEnd(text: string, underlay: Underlay): TraceEnd {
  const ip = parseIp(text)
  const node = underlay.homeOf(ip)
  return node === undefined ? {ip} : {ip, node}
}
