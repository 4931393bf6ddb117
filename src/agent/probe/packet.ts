/** "AP", a kind, the order's own number, the stream's, the packet's; zeros fill it up to the wanted size. */
export interface ProbePacket {
  readonly kind: 'request' | 'reply'
  /** Of the order: what an earlier one sent is not counted. */
  readonly order: number
  readonly stream: number
  readonly sequence: number
}

export const packetHeader = 16
const magic = 0x41_50
const kinds = {request: 1, reply: 2} as const

export function encodePacket({kind, order, stream, sequence}: ProbePacket, size = packetHeader): Buffer {
  const bytes = Buffer.alloc(Math.max(size, packetHeader))
  bytes.writeUInt16BE(magic, 0)
  bytes.writeUInt8(kinds[kind], 2)
  bytes.writeUInt32BE(order, 4)
  bytes.writeUInt16BE(stream, 8)
  bytes.writeUInt32BE(sequence, 12)
  return bytes
}

/** Undefined for whatever else comes to the port. */
export function decodePacket(bytes: Buffer): ProbePacket | undefined {
  if (bytes.length < packetHeader || bytes.readUInt16BE(0) !== magic) return undefined
  const number = bytes.readUInt8(2)
  const kind = number === kinds.request ? 'request' : number === kinds.reply ? 'reply' : undefined
  if (kind === undefined) return undefined
  return {kind, order: bytes.readUInt32BE(4), stream: bytes.readUInt16BE(8), sequence: bytes.readUInt32BE(12)}
}

/** The same bytes as an answer. */
export function turnRound(request: Buffer): Buffer {
  const reply = Buffer.from(request)
  reply.writeUInt8(kinds.reply, 2)
  return reply
}
