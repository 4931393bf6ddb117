/** The pcapng file format (draft-ietf-opsawg-pcapng): blocks of four-byte words, each with its length at both ends. */
const types = {section: 0x0a0d0d0a, interface: 1, packet: 6, statistics: 5} as const
const ethernet = 1

export interface PcapInterface {
  readonly name: string
  readonly description: string
  readonly snapLength: number
}

export interface PcapPacket {
  /** By the order of the interfaces. */
  readonly interface: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly bytes: Buffer
  /** Before it was cut. */
  readonly length: number
  readonly direction: 'in' | 'out'
  readonly comment?: string
}

export interface PcapStatistics {
  readonly interface: number
  readonly time: bigint
  readonly received: bigint
  /** Not kept, because nobody could read them fast enough. */
  readonly dropped: bigint
}

export type PcapBlock =
  | {readonly kind: 'interface'; readonly value: PcapInterface}
  | {readonly kind: 'packet'; readonly value: PcapPacket}
  | {readonly kind: 'statistics'; readonly value: PcapStatistics}

/** §4.1: the head of a file; `program` is what wrote it. */
export function sectionBlock(program: string): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(byteOrder, 0)
  head.writeUInt16LE(1, 4)
  head.writeBigInt64LE(-1n, 8)
  return block(types.section, [head, textOption(4, program), end])
}

const byteOrder = 0x1a2b3c4d

/** §4.2; if_tsresol 9: times are nanoseconds. */
export function interfaceBlock({name, description, snapLength}: PcapInterface): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(ethernet, 0)
  head.writeUInt32LE(snapLength, 4)
  const texts = [textOption(2, name), textOption(3, description)]
  return block(types.interface, [head, ...texts, option(9, Buffer.of(9)), end])
}

/** §4.3; epb_flags: 1 in, 2 out. */
export function packetBlock({interface: at, time, bytes, length, direction, comment}: PcapPacket): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32LE(at, 0)
  writeTime(head, 4, time)
  head.writeUInt32LE(bytes.length, 12)
  head.writeUInt32LE(length, 16)
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE(direction === 'in' ? 1 : 2)
  const said = comment === undefined ? [] : [textOption(1, comment)]
  return block(types.packet, [head, padded(bytes), ...said, option(2, flags), end])
}

/** §4.6; isb_ifrecv and isb_ifdrop. */
export function statisticsBlock({interface: at, time, received, dropped}: PcapStatistics): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(at, 0)
  writeTime(head, 4, time)
  return block(types.statistics, [head, option(4, number64(received)), option(5, number64(dropped)), end])
}

function block(type: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 12)
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)]
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  tail.writeUInt32LE(length, 0)
  return Buffer.concat([head, ...parts, tail])
}

const end = Buffer.alloc(4)

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function textOption(code: number, text: string): Buffer {
  return option(code, Buffer.from(text.slice(0, longestText), 'utf8'))
}

const longestText = 1_000

function padded(value: Buffer): Buffer {
  const over = value.length % 4
  return over === 0 ? value : Buffer.concat([value, Buffer.alloc(4 - over)])
}

function number64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

function writeTime(bytes: Buffer, at: number, time: bigint): void {
  bytes.writeUInt32LE(Number(time >> 32n), at)
  bytes.writeUInt32LE(Number(time & 0xffff_ffffn), at + 4)
}

/** A block that claims more is none of ours. */
const largestBlock = 1024 * 1024

/** Reads what the functions above write, piece by piece as it comes: the blocks that are whole by then. Throws RangeError at anything else. */
export function pcapReader(): (chunk: Buffer) => readonly PcapBlock[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const blocks: PcapBlock[] = []
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 12) {
      const [type, length] = [rest.readUInt32LE(0), rest.readUInt32LE(4)]
      if (length < 12 || length % 4 !== 0 || length > largestBlock)
        throw new RangeError(`a block of ${length} bytes is no pcapng`)
      if (rest.length < length) break
      const found = readBlock(type, rest.subarray(8, length - 4))
      rest = rest.subarray(length)
      if (found !== undefined) blocks.push(found)
    }
    return blocks
  }
}

function readBlock(type: number, body: Buffer): PcapBlock | undefined {
  switch (type) {
    case types.section:
      if (body.readUInt32LE(0) !== byteOrder) throw new RangeError('the section is not in our order of bytes')
      return undefined
    case types.interface: {
      const options = readOptions(body, 8)
      const text = (code: number) => options.get(code)?.toString('utf8') ?? ''
      return {
        kind: 'interface',
        value: {name: text(2), description: text(3), snapLength: body.readUInt32LE(4)},
      }
    }
    case types.packet:
      return {kind: 'packet', value: readPacket(body)}
    case types.statistics: {
      const options = readOptions(body, 12)
      const count = (code: number) => options.get(code)?.readBigUInt64LE() ?? 0n
      const value = {interface: body.readUInt32LE(0), time: readTime(body, 4), received: count(4), dropped: count(5)}
      return {kind: 'statistics', value}
    }
    default:
      return undefined
  }
}

function readPacket(body: Buffer): PcapPacket {
  const captured = body.readUInt32LE(12)
  if (captured > body.length - 20) throw new RangeError('a packet that is longer than its block')
  const options = readOptions(body, 20 + Math.ceil(captured / 4) * 4)
  return {
    interface: body.readUInt32LE(0),
    time: readTime(body, 4),
    bytes: Buffer.from(body.subarray(20, 20 + captured)),
    length: body.readUInt32LE(16),
    direction: ((options.get(2)?.readUInt32LE() ?? 0) & 3) === 2 ? 'out' : 'in',
  }
}

function readTime(bytes: Buffer, at: number): bigint {
  return (BigInt(bytes.readUInt32LE(at)) << 32n) | BigInt(bytes.readUInt32LE(at + 4))
}

function readOptions(body: Buffer, from: number): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = from; at + 4 <= body.length;) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)]
    if (code === 0) break
    found.set(code, body.subarray(at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  return found
}
