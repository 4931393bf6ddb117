import type {Message} from './framing.ts'
import {decodeFlowRemoved, type RemovedFlow} from './flow-removed.ts'
import {niciraMessage, niciraSubtypes, niciraVendor} from './nicira.ts'
import {decodePacketIn, decodePacketIn2, type PacketIn} from './packets.ts'
import {decodePortStatus, type PortChange} from './ports.ts'

/** What a switch tells unasked, beside the changes of flows. */
export type SwitchEvent =
  | {readonly event: 'packetIn'; readonly packetIn: PacketIn}
  | {readonly event: 'port'; readonly change: PortChange}
  | {readonly event: 'flowRemoved'; readonly removed: RemovedFlow}

/** undefined for messages that are no event of ours. Throws OPENFLOW for one that cannot be read. */
export function decodeEvent({type, body}: Message): SwitchEvent | undefined {
  if (type === 'packetIn') return {event: 'packetIn', packetIn: decodePacketIn(body)}
  if (type === 'portStatus') return {event: 'port', change: decodePortStatus(body)}
  if (type === 'flowRemoved') return {event: 'flowRemoved', removed: decodeFlowRemoved(body)}
  if (type !== 'experimenter') return undefined
  const {vendor, subtype} = niciraMessage.decode(body)
  if (vendor !== niciraVendor || subtype !== niciraSubtypes.packetIn2) return undefined
  return {event: 'packetIn', packetIn: decodePacketIn2(body.subarray(niciraMessage.size))}
}
