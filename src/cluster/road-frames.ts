import {randomBytes} from 'node:crypto'

/** RFC 6455 §5.2, as far as a client of the API server needs it: no extensions, binary messages, short controls. */
const opcodes = {continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa} as const

export interface FrameEvents {
  readonly data: (message: Buffer) => void
  readonly ping: (payload: Buffer) => void
  readonly close: (code: number | undefined, reason: string) => void
}

/** The kubelet copies in pieces of 32 KiB; a message of megabytes is a fault or an attack. */
const largestMessage = 8 * 1024 * 1024

/** One unfragmented frame from a client: always masked (§5.3). */
export function encodeFrame(kind: 'binary' | 'close' | 'pong', payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const masked = Buffer.allocUnsafe(payload.length)
  for (let at = 0; at < payload.length; at += 1) masked[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0)
  return Buffer.concat([Buffer.of(0x80 | opcodes[kind]), lengthOf(payload.length), mask, masked])
}

function lengthOf(size: number): Buffer {
  if (size < 126) return Buffer.of(0x80 | size)
  const header = Buffer.alloc(size < 0x1_0000 ? 3 : 9)
  header[0] = 0x80 | (size < 0x1_0000 ? 126 : 127)
  if (size < 0x1_0000) header.writeUInt16BE(size, 1)
  else header.writeBigUInt64BE(BigInt(size), 1)
  return header
}

/** Takes bytes as they come, whatever the pieces, and tells of whole messages. Throws when the server breaks the rules. */
export function frameReader(events: FrameEvents): (bytes: Buffer) => void {
  let pieces: Buffer[] = []
  let waiting = 0
  let needed = 2
  let parts: Buffer[] = []
  const take = ({opcode, final, payload}: Frame) => {
    if (opcode === opcodes.ping) events.ping(payload)
    else if (opcode === opcodes.close) events.close(...farewell(payload))
    else if (opcode !== opcodes.pong) {
      parts.push(payload)
      if (parts.reduce((sum, part) => sum + part.length, 0) > largestMessage)
        throw new Error('a message larger than 8 MiB')
      if (!final) return
      events.data(Buffer.concat(parts))
      parts = []
    }
  }
  return (bytes) => {
    pieces.push(bytes)
    waiting += bytes.length
    // Pieces are joined only when a whole frame is there: joining at each piece would copy a long frame again and again.
    if (waiting < needed) return
    let rest = pieces.length === 1 ? bytes : Buffer.concat(pieces)
    let frame = takeFrame(rest)
    for (; typeof frame !== 'number'; frame = takeFrame(rest)) {
      rest = rest.subarray(frame.size)
      take(frame)
    }
    needed = frame
    pieces = rest.length === 0 ? [] : [rest]
    waiting = rest.length
  }
}

function farewell(payload: Buffer): [code: number | undefined, reason: string] {
  return [payload.length < 2 ? undefined : payload.readUInt16BE(0), payload.subarray(2).toString('utf8')]
}

interface Frame {
  readonly opcode: number
  readonly final: boolean
  readonly payload: Buffer
  /** Bytes with its header. */
  readonly size: number
}

/** The first frame, or how many bytes are needed to know more. */
function takeFrame(bytes: Buffer): Frame | number {
  if (bytes.length < 2) return 2
  const [first = 0, second = 0] = bytes
  if ((second & 0x80) !== 0) throw new Error('a masked frame from a server')
  if ((first & 0x70) !== 0) throw new Error('an extension that was not asked for')
  const short = second & 0x7f
  const header = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < header) return header
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (length > largestMessage) throw new Error('a frame larger than 8 MiB')
  if (bytes.length < header + length) return header + length
  const payload = bytes.subarray(header, header + length)
  return {opcode: first & 0x0f, final: (first & 0x80) !== 0, payload, size: header + length}
}
