import {pad, struct, u16, u32} from './codec.ts'
import {type PacketIn, packetProperties} from './packets.ts'
import {encodeProperty} from './records.ts'
import {unreadable} from './values.ts'

/** nicira-ext.h: Open vSwitch's own messages are EXPERIMENTER with this vendor. A body follows. */
export const niciraMessage = struct('Nicira message', {vendor: u32, subtype: u32})
export const niciraVendor = 0x0000_2320
/** ofp-msgs.h, "NXT". */
export const niciraSubtypes = {setPacketInFormat: 16, setControllerId: 20, resume: 28, packetIn2: 30} as const

const packetInFormat = struct('packet-in format', {format: u32})
const controllerId = struct('controller id', {pad: pad(6), id: u16})
/** NXPIF_NXT_PACKET_IN2, the one format that carries userdata and continuations. */
const packetIn2Format = 2

function niciraBody(subtype: number, body: Buffer): Buffer {
  return Buffer.concat([niciraMessage.encode({vendor: niciraVendor, subtype}), body])
}

export function encodePacketInFormat(): Buffer {
  return niciraBody(niciraSubtypes.setPacketInFormat, packetInFormat.encode({format: packetIn2Format}))
}

/** NXT_RESUME: the same properties that came with the packet, the switch's own among them. Throws FLOW_INVALID. */
export function encodeResume({packet, continuation}: PacketIn): Buffer {
  if (continuation === undefined) throw unreadable('this packet', 'one that controller(pause) held')
  const properties = [
    encodeProperty({type: packetProperties.packet, value: packet}),
    encodeProperty({type: packetProperties.continuation, value: continuation}),
  ]
  return niciraBody(niciraSubtypes.resume, Buffer.concat(properties))
}

/** controller(id=…) sends to the connections with this id only. */
export function encodeControllerId(id: number): Buffer {
  return niciraBody(niciraSubtypes.setControllerId, controllerId.encode({id}))
}
