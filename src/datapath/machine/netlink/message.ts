import {aligned, body} from './codec.ts'
import {cutOff, i32, text, u16, u32} from './kinds.ts'

/** linux/netlink.h, NLM_F_… */
export const flags = {
  request: 0x1,
  ack: 0x4,
  dumpInterrupted: 0x10,
  capped: 0x100,
  ackAttributes: 0x200,
  replace: 0x100,
  exclusive: 0x200,
  dump: 0x300,
  create: 0x400,
  append: 0x800,
} as const

/** linux/netlink.h, NLMSG_… */
export const controlTypes = {noop: 1, error: 2, done: 3, overrun: 4} as const

export interface Message {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** Port of who asked for the change that this message tells of; 0 is the kernel. */
  readonly port: number
  readonly body: Buffer
}

/** struct nlmsghdr. */
const header = body('netlink header', {length: u32, type: u16, flags: u16, sequence: u32, port: u32}, {})
const headerSize = 16

export function encodeMessages(messages: readonly Omit<Message, 'port'>[]): Buffer {
  const size = messages.reduce((sum, {body}) => sum + aligned(headerSize + body.length), 0)
  const bytes = Buffer.alloc(size)
  let at = 0
  for (const {type, flags, sequence, body} of messages) {
    const length = headerSize + body.length
    body.copy(bytes, header.write(bytes, at, {length, type, flags, sequence, port: 0}))
    at += aligned(length)
  }
  return bytes
}

/** The messages of one datagram. Throws MACHINE for one that is cut off. */
export function decodeMessages(datagram: Buffer): readonly Message[] {
  const messages: Message[] = []
  for (let at = 0; at < datagram.length;) {
    const {length, ...rest} = header.read(datagram, at, Math.min(headerSize, datagram.length - at))
    if (length < headerSize || at + length > datagram.length)
      throw cutOff('netlink message', length, datagram.length - at)
    messages.push({...rest, body: datagram.subarray(at + headerSize, at + length)})
    at += aligned(length)
  }
  return messages
}

/** What the kernel answers to a request: errno 0 is consent. */
export interface Verdict {
  readonly errno: number
  /** The kernel's own words, where it has some (extended acknowledgement). */
  readonly words: string | undefined
}

/** struct nlmsgerr, and NLMSGERR_ATTR_MSG behind the message that it repeats. NLMSG_DONE of a dump looks alike. */
export function decodeVerdict({type, flags: given, body: bytes}: Message): Verdict {
  if (bytes.length < 4) throw cutOff('netlink error', 4, bytes.length)
  const errno = -i32.read(bytes, 0, 4)
  if ((given & flags.ackAttributes) === 0) return {errno, words: undefined}
  return {
    errno,
    words: acknowledgement.decode(bytes.subarray(type === controlTypes.done ? 4 : repeatedUntil(bytes, given))).words,
  }
}

const acknowledgement = body('netlink acknowledgement', {}, {words: [1, text]})

/** Capped, only the header of the refused request is repeated. */
function repeatedUntil(bytes: Buffer, given: number): number {
  const {length} = header.read(bytes, 4, Math.min(headerSize, bytes.length - 4))
  return 4 + ((given & flags.capped) === 0 ? aligned(length) : headerSize)
}
