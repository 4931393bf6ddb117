import type {Packet} from './journey.ts'

/** What answers a packet: both ends change places. */
export function answerTo({source, destination, flow}: Packet): Packet {
  return {source: destination, destination: source, ...(flow !== undefined && {flow: answerFlow(flow)})}
}

/** Ports change places; what only the first packet wears is left away. */
function answerFlow(flow: string): string {
  return flow
    .split(',')
    .filter(
      (word) =>
        !/^(?:tcp_flags|icmp_type|icmp_code|nw_ttl|nw_src|nw_dst|ip_src|ip_dst|dl_src|dl_dst|eth_src|eth_dst)=/u.test(
          word,
        ),
    )
    .map((word) => word.replace(/_(src|dst)=/u, (_, end: string) => (end === 'src' ? '_dst=' : '_src=')))
    .join(',')
}
