import type {AgentInfo} from '../../model/agent-info.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import type {Ip} from '../../model/address.ts'
import {type CaptureProtocol, type CaptureWish, protocolOf} from '../../model/capture/wish.ts'
import {AntctlError} from '../../model/errors.ts'
import type {TraceEnd, TraceRequest} from '../../model/trace.ts'

export interface CaptureWords {
  readonly points: 'Source' | 'Destination' | 'Both'
  readonly direction: 'SourceToDestination' | 'DestinationToSource' | 'Both'
  readonly number: number
  readonly seconds: number
  readonly snapLength: number
}

/** Which Node is to listen to what, so that a packet between both is seen wherever it passes. Throws NOT_AVAILABLE. */
export function captureWishes(
  request: TraceRequest,
  words: CaptureWords,
  infos: readonly AgentInfo[],
): readonly {readonly node: string; readonly wish: CaptureWish}[] {
  const {source, destinations, service} = request
  const targets: readonly TraceEnd[] = destinations
  const chosen = [...(words.points === 'Destination' ? [] : [source]), ...(words.points === 'Source' ? [] : targets)]
  const nodes = [...new Set(chosen.flatMap(({node}) => node ?? []))]
  if (nodes.length === 0)
    throw new AntctlError('USAGE', 'neither end is in the cluster: nobody there could listen', {
      remedy: ['name a Pod, a Service or a Node with -S or -D'],
    })
  requireOurs(nodes, infos)
  const to: readonly Ip[] = [...new Set([...targets.map(({ip}) => ip), ...(service === undefined ? [] : [service.ip])])]
  const filter = filterOf(request.flow, words.direction, [source.ip], to)
  return nodes.map((node) => {
    const pods = chosen.flatMap((end) =>
      end.node === node && end.host !== true && end.pod !== undefined ? [end.pod] : [],
    )
    return {
      node,
      wish: {
        pods: [...new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod])).values()],
        places: pods.length > 0 ? ['port', 'gateway', 'underlay'] : ['underlay', 'gateway'],
        filter,
        number: words.number,
        seconds: words.seconds,
        snapLength: words.snapLength,
      },
    }
  })
}

function filterOf(
  flow = '',
  direction: CaptureWords['direction'],
  source: readonly Ip[],
  destination: readonly Ip[],
): CaptureWish['filter'] {
  const protocol = /^(?:tcp|udp|sctp|icmp)\b/u.exec(flow)?.[0]
  const port = /\b(?:tcp|udp|sctp|tp)_dst=(\d+)/u.exec(flow)?.[1]
  const kind: CaptureProtocol | undefined = protocol === undefined ? undefined : protocolOf(protocol)
  const rest = {...(kind !== undefined && {protocol: kind}), ...(port !== undefined && {port: Number(port)})}
  if (direction === 'DestinationToSource')
    return {source: destination, destination: source, bothWays: false, ...(kind !== undefined && {protocol: kind})}
  return {source, destination, bothWays: direction === 'Both', ...rest}
}

function requireOurs(nodes: readonly string[], infos: readonly AgentInfo[]): void {
  const ours = new Set(infos.filter(isOurAgent).map(nodeOf))
  const others = nodes.filter((node) => !ours.has(node))
  if (others.length === 0) return
  throw new AntctlError(
    'NOT_AVAILABLE',
    `not available from upstream's agents: that of ${others.join(', ')} gives no packets`,
    {
      remedy: [
        "upstream's own antctl packetcapture -S SOURCE -D DESTINATION, where its feature gate PacketCapture is on",
      ],
    },
  )
}
