import {type Packet, readFrame} from '../../model/capture/frame.ts'
import type {PcapBlock, PcapInterface, PcapPacket} from '../../model/capture/pcapng.ts'
import type {LivePacket} from '../../model/capture/live.ts'
import {captureProtocols, type CapturePlace} from '../../model/capture/wish.ts'
import type {Sighting} from '../../model/live.ts'

/** What one frame says of the packet that is looked for. */
export type Told =
  | {readonly is: 'packet' | 'answer'; readonly sighting: Sighting}
  | {readonly is: 'refusal'; readonly says: string}

/** Reads one Node's capture, block by block. */
export function openSightings(node: string, live: LivePacket): (block: PcapBlock) => Told | undefined {
  const interfaces: PcapInterface[] = []
  let first: bigint | undefined
  return (block) => {
    if (block.kind === 'interface') interfaces.push(block.value)
    if (block.kind !== 'packet') return undefined
    const packet = readFrame(block.value.bytes)
    const found = interfaces[block.value.interface]
    const is = packet === undefined ? undefined : kindOf(packet, block.value, live)
    if (packet === undefined || is === undefined || found === undefined) return undefined
    if (is === 'refusal') return {is, says: refusalWords(packet)}
    first ??= block.value.time
    return {
      is,
      sighting: {
        node,
        place: placeOf(found),
        device: found.name,
        direction: block.value.direction,
        after: Number(block.value.time - first) / 1e6,
        form: packet.outer === undefined ? 'plain' : 'tunnelled',
        source: packet.source,
        destination: packet.destination,
      },
    }
  }
}

function placeOf({description}: PcapInterface): CapturePlace {
  if (description === 'gateway' || description === 'underlay') return description
  return 'port'
}

/** An echo's answer carries the mark as well, and so does a refusal, which quotes what it is about. */
function kindOf({protocol, icmp, ports}: Packet, {bytes}: PcapPacket, live: LivePacket): Told['is'] | undefined {
  const isMarked = bytes.includes(Buffer.from(live.mark, 'hex'))
  if (icmp !== undefined && isMarked) {
    if (icmp.type === 0) return 'answer'
    if (icmp.type === 8) return live.protocol === 'icmp' ? 'packet' : undefined
    return icmp.type === 3 || icmp.type === 11 ? 'refusal' : undefined
  }
  if (protocol !== captureProtocols[live.protocol]) return undefined
  if (isMarked && ports?.destination !== live.sourcePort) return 'packet'
  return ports?.destination === live.sourcePort ? 'answer' : undefined
}

/** RFC 792. */
function refusalWords({source, icmp}: Packet): string {
  if (icmp?.type === 11) return `${source} says that its time to live is over`
  const words: Readonly<Record<number, string>> = {
    0: 'there is no way to that network',
    1: 'that host does not answer',
    3: 'nobody listens on that port',
    4: 'it is too large',
    13: 'it is forbidden',
  }
  return `${source} says that ${words[icmp?.code ?? -1] ?? `it cannot be reached (code ${icmp?.code ?? '?'})`}`
}
